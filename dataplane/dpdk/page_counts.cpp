// SPDX-License-Identifier: Apache-2.0
// Gives slots to pages, and takes the counts along when one moves.
#include "dataplane/dpdk/page_counts.h"

namespace isat::dpdk {

std::uint64_t PageCounts::answered(std::uint32_t slot) const {
  const auto earlier = earlier_.find(slot);
  return by_slot_[slot].load(std::memory_order_relaxed) +
         (earlier == earlier_.end() ? 0 : earlier->second);
}

std::optional<std::uint32_t> PageCounts::take(std::uint32_t first, Places places, Places added) {
  if (places != 0 && space_.is_free(first, added)) {
    space_.take(first, added);
    return first;
  }
  const auto found = space_.find(places | added);
  if (found) space_.take(*found, places | added);
  return found;
}

void PageCounts::move(std::uint32_t from, std::uint32_t to) {
  if (const auto answers = answered(from); answers != 0) earlier_[to] = answers;
  end(from);
}

void PageCounts::end(std::uint32_t slot) {
  by_slot_[slot].store(0, std::memory_order_relaxed);
  earlier_.erase(slot);
  space_.give_back(slot, 1);
}

}  // namespace isat::dpdk
