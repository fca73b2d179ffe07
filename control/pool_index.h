// SPDX-License-Identifier: Apache-2.0
// Which pool an address belongs to, found without asking every pool.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "control/ip_address_pool.h"

namespace isat {

using Pools = std::map<std::string, IpAddressPool>;  // by name

// Pools that overlap are a mistake, and reported; until it is mended the older pool has the
// address, so that it does not matter in what order they became known.
class PoolIndex {
 public:
  PoolIndex() = default;
  explicit PoolIndex(const Pools& pools);  // `pools` outlives it, and does not change

  // The oldest of the pools that have all of these addresses; null when none has, or for none.
  [[nodiscard]] const IpAddressPool* pool_of(const std::vector<Address>& addresses) const;
  // The younger pool's name → what it overlaps with; one line, "FIELD: problem; mend".
  [[nodiscard]] const std::map<std::string, std::string>& overlaps() const { return overlaps_; }

 private:
  struct Entry {
    AddressRange range;
    const IpAddressPool* pool;
    Address reach;  // the last address of this and every earlier entry
  };

  // Calls `visit` with the entries that have addresses from `first` on, among the first `count`.
  template <typename Visit>
  void walk_back(std::size_t count, const Address& first, const Visit& visit) const;
  void note_overlap(const Entry& one, const Entry& other);

  std::vector<Entry> entries_;  // ordered by their first address
  std::map<std::string, std::string> overlaps_;
};

}  // namespace isat
