// SPDX-License-Identifier: Apache-2.0
// Reads and writes single counters while the responder goes on counting beside them.
#include "dataplane/answered_counts.h"

#include <bpf/libbpf.h>

#include <atomic>

namespace isat {

Result<AnsweredCounts> AnsweredCounts::open(int map, std::uint32_t slots) {
  AnsweredCounts result;
  result.cpus_ = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  result.slots_ = slots;
  auto counts =
      MappedArray<std::uint64_t>::open(map, std::size_t{result.cpus_} * slots, "answered");
  if (!counts) return tl::unexpected(counts.error());
  result.counts_ = std::move(*counts);
  return result;
}

std::uint64_t AnsweredCounts::count(std::uint32_t slot) const {
  std::uint64_t sum = 0;
  for (std::size_t cpu = 0; cpu < cpus_; cpu++) {
    sum += std::atomic_ref(at(cpu, slot)).load(std::memory_order_relaxed);
  }
  return sum;
}

void AnsweredCounts::clear(std::uint32_t slot) {
  for (std::size_t cpu = 0; cpu < cpus_; cpu++) {
    std::atomic_ref(at(cpu, slot)).store(0, std::memory_order_relaxed);
  }
}

void AnsweredCounts::copy(std::uint32_t from, std::uint32_t to) {
  for (std::size_t cpu = 0; cpu < cpus_; cpu++) {
    const auto count = std::atomic_ref(at(cpu, from)).load(std::memory_order_relaxed);
    std::atomic_ref(at(cpu, to)).store(count, std::memory_order_relaxed);
  }
}

}  // namespace isat
