// SPDX-License-Identifier: Apache-2.0
// When the responder saw something.
#include "control/seen_time.h"

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

namespace isat {

std::chrono::system_clock::time_point wall_time_of(std::uint64_t boot_ns, BootTime boot,
                                                   std::chrono::system_clock::time_point wall) {
  return wall - std::chrono::nanoseconds(static_cast<std::int64_t>(boot.count()) -
                                         static_cast<std::int64_t>(boot_ns));
}

std::string time_text(WallTime when) {
  const auto milliseconds = when.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(when)), milliseconds);
}

}  // namespace isat
