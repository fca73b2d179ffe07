// SPDX-License-Identifier: Apache-2.0
// Reads counters while the responder goes on counting; it alone writes them.
#include "dataplane/answered_counts.h"

#include <bpf/libbpf.h>

#include <atomic>

#include "bpf/abi.h"

namespace isat {

Result<AnsweredCounts> AnsweredCounts::open(const ResponderMaps& maps, std::uint32_t slots) {
  AnsweredCounts result;
  result.cpus_ = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  result.slots_ = slots;
  const auto counters = std::size_t{result.cpus_} * slots;
  const auto open_as = [&maps](MappedArray<std::uint64_t>& array, const char* name,
                               std::size_t count) -> Result<void> {
    auto opened = MappedArray<std::uint64_t>::open(maps.descriptor(name), count, name);
    if (!opened) return tl::unexpected(opened.error());
    array = std::move(*opened);
    return {};
  };
  return open_as(result.answered_, "answered", counters)
      .and_then(
          [&] { return open_as(result.low_, "answered_low", counters / ANSWERED_LOW_COUNTS); })
      .and_then([&] { return open_as(result.before_, "answered_before", slots); })
      .map([&] { return std::move(result); });
}

// The byte is at most a step from the count when that is the same before and after it.
std::uint64_t AnsweredCounts::counted(std::size_t counter) const {
  const std::atomic_ref all(answered_.elements()[counter]);
  const std::atomic_ref lows(low_.elements()[counter / ANSWERED_LOW_COUNTS]);
  for (auto count = all.load(std::memory_order_acquire);;) {
    const auto word = lows.load(std::memory_order_acquire);
    const auto again = all.load(std::memory_order_acquire);
    if (again == count) {
      const auto low = word >> counter % ANSWERED_LOW_COUNTS * 8;
      return count + static_cast<std::uint64_t>(static_cast<std::int8_t>(low - count));
    }
    count = again;
  }
}

std::uint64_t AnsweredCounts::ever(std::uint32_t slot) const {
  std::uint64_t sum = 0;
  for (std::size_t cpu = 0; cpu < cpus_; cpu++) sum += counted(cpu * slots_ + slot);
  return sum;
}

std::uint64_t AnsweredCounts::count(std::uint32_t slot) const {
  return ever(slot) - before_.elements()[slot];
}

void AnsweredCounts::clear(std::uint32_t slot) {
  before_.elements()[slot] = ever(slot);
}

void AnsweredCounts::copy(std::uint32_t from, std::uint32_t to) {
  before_.elements()[to] = ever(to) - count(from);
}

}  // namespace isat
