// SPDX-License-Identifier: Apache-2.0
// Which pool an address belongs to.
#include "control/pool_index.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "control/quote.h"

namespace isat {
namespace {

bool is_older(const IpAddressPool& left, const IpAddressPool& right) {
  return std::tie(left.created, left.name) < std::tie(right.created, right.name);
}

}  // namespace

PoolIndex::PoolIndex(const Pools& pools) {
  for (const auto& [name, pool] : pools) {
    for (const auto& range : pool.ranges) entries_.push_back({range, &pool, range.last()});
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& left, const Entry& right) {
    return std::tie(left.range, left.pool->name) < std::tie(right.range, right.pool->name);
  });
  for (std::size_t place = 1; place < entries_.size(); ++place) {
    entries_[place].reach = std::max(entries_[place].reach, entries_[place - 1].reach);
    walk_back(place, entries_[place].range.first(),
              [&](const Entry& before) { note_overlap(before, entries_[place]); });
  }
}

template <typename Visit>
void PoolIndex::walk_back(std::size_t count, const Address& first, const Visit& visit) const {
  for (auto place = count; place > 0 && entries_[place - 1].reach >= first; --place) {
    if (entries_[place - 1].range.last() >= first) visit(entries_[place - 1]);
  }
}

void PoolIndex::note_overlap(const Entry& one, const Entry& other) {
  if (one.pool == other.pool) return;
  const bool first_is_older = is_older(*one.pool, *other.pool);
  const auto& older = first_is_older ? one : other;
  const auto& younger = first_is_older ? other : one;
  overlaps_.emplace(younger.pool->name,
                    "spec.addresses: CIDR " + quote(younger.range.to_string()) + " in pool " +
                        quote(younger.pool->name) + " overlaps with already defined CIDR " +
                        quote(older.range.to_string()) + " of pool " + quote(older.pool->name) +
                        "; give each address to one pool, until then the older has it");
}

const IpAddressPool* PoolIndex::pool_of(const std::vector<Address>& addresses) const {
  std::set<const IpAddressPool*> common;
  for (const auto& address : addresses) {
    const auto after = std::upper_bound(
        entries_.begin(), entries_.end(), address,
        [](const Address& wanted, const Entry& entry) { return wanted < entry.range.first(); });
    std::set<const IpAddressPool*> having;
    walk_back(static_cast<std::size_t>(after - entries_.begin()), address,
              [&](const Entry& entry) { having.insert(entry.pool); });
    if (&address == &addresses.front()) {
      common = std::move(having);
    } else {
      std::erase_if(common, [&](const auto* pool) { return !having.contains(pool); });
    }
  }
  const auto oldest = std::min_element(common.begin(), common.end(), [](auto* left, auto* right) {
    return is_older(*left, *right);
  });
  return oldest == common.end() ? nullptr : *oldest;
}

}  // namespace isat
