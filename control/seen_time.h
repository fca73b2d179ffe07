// SPDX-License-Identifier: Apache-2.0
// When the responder saw something: it writes the boot clock, people read the wall's.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "dataplane/data_plane.h"

namespace isat {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// The wall time of a moment of the boot clock, when that clock shows `boot` and the wall's `wall`.
[[nodiscard]] std::chrono::system_clock::time_point wall_time_of(
    std::uint64_t boot_ns, BootTime boot, std::chrono::system_clock::time_point wall);

[[nodiscard]] std::string time_text(WallTime when);  // "2026-01-31T12:00:00.007Z"

}  // namespace isat
