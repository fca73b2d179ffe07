// SPDX-License-Identifier: Apache-2.0
// `isat check`.
#include "control/check.h"

#include <nlohmann/json.hpp>

#include "control/configuration.h"
#include "control/configuration_json.h"
#include "control/multicast_warning.h"
#include "dataplane/attach_choice.h"

namespace isat {
namespace {

using nlohmann::ordered_json;

// An error may quote bytes of the file that are not UTF-8.
std::string dump(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::vector<std::string> warnings_about(const Configuration& configuration) {
  std::vector<Address> addresses;
  for (const auto& assignment : configuration.addresses)
    addresses.push_back(assignment.key.address);
  std::vector<std::string> warnings;
  auto warning = multicast_warning(addresses, configuration.multicast_groups_max);
  if (warning) warnings.push_back(std::move(*warning));
  return warnings;
}

std::string summary(const Configuration& configuration) {
  const auto count = configuration.addresses.size();
  const bool from_file = configuration.source == SourceKind::kFile;
  return (from_file ? std::to_string(count) + (count == 1 ? " address, " : " addresses, ")
                    : std::string()) +
         "source " + (from_file ? "file" : "kubernetes") + ", attach " +
         std::string(mode_name(configuration.attach)) + ", mode " +
         (configuration.mode == Mode::kAnswer ? "answer" : "observe") + ", pin " +
         configuration.pin;
}

int report_error(const Environment& environment, const Error& error, bool json) {
  if (json) {
    environment.out << dump({{"valid", false}, {"error", error.message}});
  } else {
    environment.err << error.message << "\n";
  }
  return kFailure;
}

}  // namespace

int check(const Environment& environment, const std::string& path, bool json) {
  const auto configuration = load_configuration(path);
  if (!configuration) return report_error(environment, configuration.error(), json);
  const auto warnings = warnings_about(*configuration);
  if (json) {
    environment.out << dump({{"valid", true},
                             {"warnings", warnings},
                             {"configuration", configuration_json(*configuration)}});
    return kSuccess;
  }
  environment.out << path << ": valid: " << summary(*configuration) << "\n";
  for (const auto& warning : warnings) {
    environment.err << path << ": warning: " << warning << "\n";
  }
  return kSuccess;
}

}  // namespace isat
