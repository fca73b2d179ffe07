// SPDX-License-Identifier: Apache-2.0
// Whether a speaker runs on a pin directory.
#include "control/running_speaker.h"

#include "dataplane/lock_holder.h"
#include "dataplane/pin_directory.h"

namespace isat {

std::optional<pid_t> running_speaker(const std::string& pin) {
  if (const auto holder = lock_holder(pin)) return holder;
  // Out of sight in another PID namespace perhaps; trying the lock tells that much.
  if (PinDirectory::is_locked(pin)) return 0;
  return std::nullopt;
}

}  // namespace isat
