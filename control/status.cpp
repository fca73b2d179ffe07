// SPDX-License-Identifier: Apache-2.0
// `isat status`.
#include "control/status.h"

#include <map>

#include "control/boot_clock.h"
#include "control/configuration.h"
#include "control/multicast_warning.h"
#include "control/running_speaker.h"
#include "control/status_report.h"
#include "control/status_socket.h"
#include "dataplane/drain_mark.h"

namespace isat {
namespace {

std::vector<std::string> warnings_about(const PinnedState& state) {
  std::map<InterfaceIndex, std::vector<Address>> by_interface;
  for (const auto& actual : state.announcements) {
    const auto& key = actual.announcement.key;
    by_interface[key.interface].push_back(key.address);
  }
  std::vector<std::string> warnings;
  for (const auto& [interface, addresses] : by_interface) {
    // The speaker's own limit is in its configuration, which the pins do not hold.
    auto warning = multicast_warning(addresses, Configuration{}.multicast_groups_max);
    if (warning) warnings.push_back(std::move(*warning));
  }
  return warnings;
}

}  // namespace

int status(const Environment& environment, const std::string& pin, bool json) {
  auto state = read_pinned_state(pin);
  if (!state) {
    environment.err << state.error().message << "\n";
    return kFailure;
  }
  StatusReport report{pin, running_speaker(pin), boot_now(), std::move(*state), {}, {}};
  report.warnings = warnings_about(report.state);
  // A speaker that does not say anything hides nothing of what the maps know.
  if (report.speaker) {
    if (const auto told = StatusSocket::ask(pin)) {
      auto account = nlohmann::ordered_json::parse(*told, nullptr, false);
      if (!account.is_discarded()) report.account = std::move(account);
    } else {
      report.warnings.push_back(told.error().message + "; only what the maps know is shown");
    }
  }
  if (DrainMark(pin).is_set()) {
    report.warnings.emplace_back(
        "this node is drained and holds no address; `isat undrain` ends it");
  }
  if (json) {
    environment.out << status_json(report).dump(2) << "\n";
  } else {
    environment.out << status_text(report);
  }
  return kSuccess;
}

}  // namespace isat
