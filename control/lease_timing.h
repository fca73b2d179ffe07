// SPDX-License-Identifier: Apache-2.0
// How long a Lease is good, how often it is renewed, and how long this node may rely on it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "dataplane/data_plane.h"

namespace isat {

struct LeaseTiming {
  std::chrono::milliseconds duration{5'000};
  std::chrono::milliseconds renew{1'500};

  bool operator==(const LeaseTiming&) const = default;
};

// Every renewal is an event for every member. Up to so many members renew as configured, that is
// N / renew writes and N² / renew events a second; beyond, all of them slow down alike, so that
// the writes stay as many and the events grow with N only. 40 members at 1.5 s are 27 writes and
// 1,067 events a second; 200 are 27 and 5,333, with a duration of 25 s instead of 5.
inline constexpr std::size_t kMembersAtFullPace = 40;

[[nodiscard]] inline LeaseTiming paced(LeaseTiming timing, std::size_t members) {
  if (members <= kMembersAtFullPace) return timing;
  const auto times = static_cast<std::int64_t>(members);
  const auto share = static_cast<std::int64_t>(kMembersAtFullPace);
  return {timing.duration * times / share, timing.renew * times / share};
}

// For clocks that do not run alike, and for the time between a look at one and the deed.
[[nodiscard]] inline std::chrono::milliseconds margin(std::chrono::milliseconds duration) {
  using namespace std::chrono_literals;
  return std::max<std::chrono::milliseconds>(duration / 20, 100ms);
}

// Until when a renewal sent then may be relied on: the others count from after it was written.
[[nodiscard]] inline BootTime good_until(BootTime sent, std::chrono::milliseconds duration) {
  return sent + std::chrono::duration_cast<BootTime>(duration - margin(duration));
}

// When whatever another vouches for, and lost before this, is surely past its deadline.
[[nodiscard]] inline std::chrono::milliseconds last_word(std::chrono::milliseconds duration) {
  return duration - margin(duration) / 2;
}

}  // namespace isat
