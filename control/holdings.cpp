// SPDX-License-Identifier: Apache-2.0
// What this node does for each Service.
#include "control/holdings.h"

#include <algorithm>
#include <iterator>

#include "control/election.h"

namespace isat {
namespace {

bool names_interfaces(const Assignment& assignment, const std::string& node) {
  const auto* terms = assignment.candidacy->of(node);
  return terms != nullptr && !terms->interfaces.empty();
}

void add(std::vector<std::string>& to, const std::vector<std::string>& more) {
  std::vector<std::string> both;
  std::set_union(to.begin(), to.end(), more.begin(), more.end(), std::back_inserter(both));
  to = std::move(both);
}

}  // namespace

Holdings holdings_of(const std::string& node, const Assignments& assignments,
                     const std::function<std::vector<std::string>(const Address&)>& announced_on,
                     const std::set<Address>& in_vain) {
  Holdings holdings;
  for (const auto& [address, owners] : assignments.by_address()) {
    auto interfaces = announced_on(address);
    if (interfaces.empty()) continue;
    std::sort(interfaces.begin(), interfaces.end());
    for (const auto& [service, assignment] : owners) {
      auto& holding = holdings[service];
      if (names_interfaces(assignment, node)) add(holding.interfaces, interfaces);
    }
  }
  for (const auto& address : in_vain) {
    for (const auto& [service, assignment] : assignments.owners(address)) {
      // One that is announced is there already; of several in vain the first is told.
      holdings.try_emplace(service, Holding{{}, election_text(address)});
    }
  }
  return holdings;
}

}  // namespace isat
