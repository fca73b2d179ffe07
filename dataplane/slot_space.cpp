// SPDX-License-Identifier: Apache-2.0
// Where announcements are counted.
#include "dataplane/slot_space.h"

#include <bit>

namespace isat {
namespace {

constexpr std::int64_t kRun = 64;
constexpr Places kAll = ~Places{0};

}  // namespace

SlotSpace::SlotSpace(std::uint32_t slots) : taken_(slots / kRun), free_runs_(taken_.size()) {}

Places SlotSpace::taken_from(std::int64_t slot) const {
  const auto run = [this](std::int64_t number) {
    const bool there = number >= 0 && number < static_cast<std::int64_t>(taken_.size());
    return there ? taken_[static_cast<std::size_t>(number)] : kAll;
  };
  const auto number = (slot + kRun) / kRun - 1;  // rounded down; a first slot is -63 or more
  const auto within = static_cast<unsigned>(slot - number * kRun);
  return within == 0 ? run(number) : run(number) >> within | run(number + 1) << (kRun - within);
}

bool SlotSpace::is_free(std::uint32_t first, Places places) const {
  return (taken_from(static_cast<std::int32_t>(first)) & places) == 0;
}

std::optional<std::uint32_t> SlotSpace::find(Places places) {
  for (std::size_t tried = 0; free_runs_ > 0 && tried < taken_.size(); tried++) {
    const auto run = (next_run_ + tried) % taken_.size();
    if (taken_[run] != 0) continue;
    next_run_ = run + 1;
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(run) * kRun);
  }
  // From where the last one was found: what lies before is the fuller part.
  const std::size_t gaps = (taken_.size() + 1) * kRun - 1;
  for (std::size_t tried = 0; tried < gaps; tried++) {
    const auto gap = (next_gap_ + tried) % gaps;
    const auto first = static_cast<std::uint32_t>(static_cast<std::int64_t>(gap) + 1 - kRun);
    if (!is_free(first, places)) continue;
    next_gap_ = gap;
    return first;
  }
  return std::nullopt;
}

void SlotSpace::take(std::uint32_t first, Places places) {
  mark(first, places, true);
}

void SlotSpace::give_back(std::uint32_t first, Places places) {
  mark(first, places, false);
}

void SlotSpace::mark(std::uint32_t first, Places places, bool taken) {
  for (; places != 0; places &= places - 1) {
    const std::uint32_t slot = first + static_cast<std::uint32_t>(std::countr_zero(places));
    auto& run = taken_[slot / kRun];
    const auto bit = Places{1} << slot % kRun;
    free_runs_ -= run == 0;
    run = taken ? run | bit : run & ~bit;
    free_runs_ += run == 0;
  }
}

}  // namespace isat
