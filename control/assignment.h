// SPDX-License-Identifier: Apache-2.0
// An assignment: the wish that this owner has this address; it says nothing about which node
// answers.
#pragma once

#include <compare>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/candidacy.h"
#include "dataplane/address.h"

namespace isat {

struct AssignmentKey {
  std::string owner;  // "namespace/name" of a Service, or "FILE:LINE" of a configuration entry
  Address address;

  auto operator<=>(const AssignmentKey&) const = default;
};

struct Assignment {
  AssignmentKey key;
  std::shared_ptr<const Candidacy> candidacy;  // never null
  // What is hashed with the nodes' names; owners connected by addresses they share have the same,
  // so that one node holds them all. Empty = the address itself.
  std::string election_key = {};

  // By value: who shares an Candidacy with whom does not matter.
  friend std::strong_ordering operator<=>(const Assignment& left, const Assignment& right) {
    if (const auto order = left.key <=> right.key; order != 0) return order;
    if (const auto order = left.election_key <=> right.election_key; order != 0) return order;
    if (left.candidacy == right.candidacy) return std::strong_ordering::equal;
    return *left.candidacy <=> *right.candidacy;
  }
  friend bool operator==(const Assignment& left, const Assignment& right) {
    return (left <=> right) == 0;
  }
};

// Any node may answer, on these interfaces.
[[nodiscard]] inline std::shared_ptr<const Candidacy> any_node(
    std::vector<std::string> interfaces = {}) {
  return std::make_shared<const Candidacy>(Candidacy{{}, NodeTerms{std::move(interfaces)}});
}

// What changed, in terms of whole assignments: work downstream is proportional to this, not to the
// number of assignments.
struct AssignmentChange {
  std::vector<Assignment> added;  // new, or replacing the one with the same key
  std::vector<AssignmentKey> removed;

  [[nodiscard]] bool empty() const { return added.empty() && removed.empty(); }
};

}  // namespace isat
