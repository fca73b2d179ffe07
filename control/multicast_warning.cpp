// SPDX-License-Identifier: Apache-2.0
// Warns before there are more solicited-node groups than networks bear.
#include "control/multicast_warning.h"

#include <set>

namespace isat {

std::optional<std::string> multicast_warning(const std::vector<Address>& addresses,
                                             std::uint32_t most) {
  std::set<Address> groups;
  for (const auto& address : addresses) {
    if (!address.is_v4()) groups.insert(solicited_node_group(address));
  }
  if (groups.size() <= most) return std::nullopt;
  return "IPv6 needs " + std::to_string(groups.size()) +
         " multicast groups on an interface, more than " + std::to_string(most) +
         " (multicast_groups_max): switches and bridges may stop filtering or drop some; choose "
         "addresses that share their last 24 bits, or fewer of them";
}

}  // namespace isat
