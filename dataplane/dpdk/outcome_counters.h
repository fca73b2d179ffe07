// SPDX-License-Identifier: Apache-2.0
// Counters with one writer, the polling thread, and readers at any time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "dataplane/data_plane.h"

namespace isat::dpdk {

using Counter = std::atomic<std::uint64_t>;

// The one writer's: no locked instruction is needed.
inline void count(Counter& counter, std::uint64_t more = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

class OutcomeCounters {
 public:
  void count(isat_family family, isat_outcome outcome, std::uint64_t frames) {
    dpdk::count(counters_[family][outcome], frames);
  }
  [[nodiscard]] OutcomeCounts read() const {
    OutcomeCounts counts{};
    for (std::size_t family = 0; family < FAMILY_COUNT; family++)
      for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; outcome++)
        counts[family][outcome] = counters_[family][outcome].load(std::memory_order_relaxed);
    return counts;
  }

 private:
  std::array<std::array<Counter, OUTCOME_COUNT>, FAMILY_COUNT> counters_{};
};

}  // namespace isat::dpdk
