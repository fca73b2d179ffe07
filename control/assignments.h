// SPDX-License-Identifier: Apache-2.0
// The table of assignments: what the source has told so far, by address and owner.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "control/assignment.h"

namespace isat {

class Assignments {
 public:
  // Owners of one address, by name.
  using Owners = std::map<std::string, Assignment>;

  // Returns the addresses whose owners, or their wishes, are no longer what they were. Removals
  // come first: a key in both lists is replaced. Removing what is not there is success.
  std::set<Address> apply(const AssignmentChange& change);

  // The owners of the address; empty when nobody has it. Valid until the next apply().
  [[nodiscard]] const Owners& owners(const Address& address) const;
  [[nodiscard]] const std::map<Address, Owners>& by_address() const { return by_address_; }
  [[nodiscard]] std::size_t size() const { return size_; }  // assignments, not addresses

 private:
  std::map<Address, Owners> by_address_;
  std::size_t size_ = 0;
};

}  // namespace isat
