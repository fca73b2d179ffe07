// SPDX-License-Identifier: Apache-2.0
// An assignment: the wish that this owner has this address; it says nothing about which node
// answers.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "dataplane/address.h"

namespace isat {

struct AssignmentKey {
  std::string owner;  // "namespace/name" of a Service, or "FILE:LINE" of a configuration entry
  Address address;

  auto operator<=>(const AssignmentKey&) const = default;
};

struct Assignment {
  AssignmentKey key;
  // Anchored regular expressions over interface names; empty = every interface the speaker serves.
  std::vector<std::string> interfaces;

  auto operator<=>(const Assignment&) const = default;
};

// What changed, in terms of whole assignments: work downstream is proportional to this, not to the
// number of assignments.
struct AssignmentChange {
  std::vector<Assignment> added;  // new, or replacing the one with the same key
  std::vector<AssignmentKey> removed;

  [[nodiscard]] bool empty() const { return added.empty() && removed.empty(); }
};

}  // namespace isat
