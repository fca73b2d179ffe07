// SPDX-License-Identifier: Apache-2.0
// `isat status`.
#include "control/status.h"

#include <map>

#include "control/boot_clock.h"
#include "control/configuration.h"
#include "control/multicast_warning.h"
#include "control/status_report.h"
#include "dataplane/lock_holder.h"
#include "dataplane/pin_directory.h"

namespace isat {
namespace {

std::optional<pid_t> speaker_on(const std::string& pin) {
  if (const auto holder = lock_holder(pin)) return holder;
  // Out of sight in another PID namespace perhaps; trying the lock tells that much.
  if (PinDirectory::is_locked(pin)) return 0;
  return std::nullopt;
}

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
  StatusReport report{pin, speaker_on(pin), boot_now(), std::move(*state), {}};
  report.warnings = warnings_about(report.state);
  if (json) {
    environment.out << status_json(report).dump(2) << "\n";
  } else {
    environment.out << status_text(report);
  }
  return kSuccess;
}

}  // namespace isat
