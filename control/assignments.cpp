// SPDX-License-Identifier: Apache-2.0
// The table of assignments.
#include "control/assignments.h"

namespace isat {

std::set<Address> Assignments::apply(const AssignmentChange& change) {
  // What the touched addresses looked like before: a change that takes away and gives back the same
  // (a Service re-listed, a line moved within the file) must cause no work downstream.
  std::map<Address, Owners> before;
  const auto touch = [&](const Address& address) {
    if (!before.contains(address)) before.emplace(address, owners(address));
  };

  for (const auto& key : change.removed) {
    touch(key.address);
    const auto found = by_address_.find(key.address);
    if (found == by_address_.end()) continue;
    size_ -= found->second.erase(key.owner);
    if (found->second.empty()) by_address_.erase(found);
  }
  for (const auto& assignment : change.added) {
    touch(assignment.key.address);
    auto& owners = by_address_[assignment.key.address];
    if (owners.insert_or_assign(assignment.key.owner, assignment).second) ++size_;
  }

  std::set<Address> changed;
  for (const auto& [address, owners_before] : before) {
    if (owners(address) != owners_before) changed.insert(address);
  }
  return changed;
}

const Assignments::Owners& Assignments::owners(const Address& address) const {
  static const Owners kNobody;
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? kNobody : found->second;
}

}  // namespace isat
