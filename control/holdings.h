// SPDX-License-Identifier: Apache-2.0
// What this node, having been elected, does for each Service: what the API is told about it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/assignments.h"

namespace isat {

// Of one Service.
struct Holding {
  // That it is announced on, if its advertisements name any; else none are written.
  std::vector<std::string> interfaces{};
  // Elected, but no interface named by the advertisements is there: the first address concerned.
  std::string unreachable{};

  bool operator==(const Holding&) const = default;
};
using Holdings = std::map<std::string, Holding>;  // by Service, "namespace/name"

// `announced_on`: the names of the interfaces on which the map has the address, in order;
// `in_vain`: addresses this node was elected for and cannot announce (Planner::in_vain). A Service
// of which one address is announced is announced.
[[nodiscard]] Holdings holdings_of(
    const std::string& node, const Assignments& assignments,
    const std::function<std::vector<std::string>(const Address&)>& announced_on,
    const std::set<Address>& in_vain);

}  // namespace isat
