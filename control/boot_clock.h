// SPDX-License-Identifier: Apache-2.0
// The clock of the deadline and of events: CLOCK_BOOTTIME, which goes on while the machine sleeps.
#pragma once

#include <ctime>

#include "dataplane/data_plane.h"

namespace isat {

[[nodiscard]] inline BootTime boot_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);  // cannot fail: the clock exists and the pointer is good
  return std::chrono::seconds(static_cast<std::uint64_t>(now.tv_sec)) +
         BootTime(static_cast<std::uint64_t>(now.tv_nsec));
}

}  // namespace isat
