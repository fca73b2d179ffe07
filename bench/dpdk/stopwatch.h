// SPDX-License-Identifier: Apache-2.0
// Time in cycles of the time stamp counter: laps, of which the median is robust against
// interruptions.
#pragma once

#include <rte_cycles.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace isat::bench {

class Stopwatch {
 public:
  explicit Stopwatch(double seconds)
      : until_(rte_rdtsc() + static_cast<std::uint64_t>(seconds * hertz())) {}

  [[nodiscard]] static double hertz() { return static_cast<double>(rte_get_tsc_hz()); }
  [[nodiscard]] bool running() const { return rte_rdtsc() < until_; }
  void begin_lap() { began_ = rte_rdtsc_precise(); }
  void end_lap() { laps_.push_back(rte_rdtsc_precise() - began_); }

  [[nodiscard]] double median_lap() {
    const auto middle = laps_.begin() + static_cast<std::ptrdiff_t>(laps_.size() / 2);
    std::nth_element(laps_.begin(), middle, laps_.end());
    return laps_.empty() ? 0 : static_cast<double>(*middle);
  }

 private:
  std::uint64_t until_;
  std::uint64_t began_ = 0;
  std::vector<std::uint64_t> laps_;
};

}  // namespace isat::bench
