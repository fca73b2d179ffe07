// SPDX-License-Identifier: Apache-2.0
// Where pages count their answers, side by side, and how many there were. The polling thread
// counts, without a locked instruction; the speaker does all the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "dataplane/dpdk/outcome_counters.h"
#include "dataplane/dpdk/zeroed_array.h"
#include "dataplane/slot_space.h"

namespace isat::dpdk {

class PageCounts {
 public:
  // As many as SlotSpace can have.
  explicit PageCounts(std::uint32_t slots) : space_(slots), by_slot_(slots) {}

  [[nodiscard]] const ZeroedArray<Counter>& by_slot() const { return by_slot_; }
  [[nodiscard]] std::uint64_t answered(std::uint32_t slot) const;

  // For a page that is counted from `first` on, in these places: a first slot with which there is
  // one for `added` as well, all of them taken. Another than `first` when a slot there is another
  // page's; nothing = there is no room.
  [[nodiscard]] std::optional<std::uint32_t> take(std::uint32_t first, Places places, Places added);

  // Both when the polling thread counts in the old slot no more.
  void move(std::uint32_t from, std::uint32_t to);
  void end(std::uint32_t slot);

 private:
  SlotSpace space_;
  ZeroedArray<Counter> by_slot_;
  // What was counted elsewhere before the page moved here. Not in the counter itself, which the
  // polling thread alone writes from the move on.
  std::unordered_map<std::uint32_t, std::uint64_t> earlier_;
};

}  // namespace isat::dpdk
