// SPDX-License-Identifier: Apache-2.0
// Which nodes may hold an address, and on what terms; it says nothing about which of them are
// alive.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isat {

struct NodeTerms {
  // Anchored regular expressions over interface names; empty = every interface the speaker serves.
  std::vector<std::string> interfaces;
  int score = 0;  // preferred nodes have more; the highest wins before any hash is looked at

  auto operator<=>(const NodeTerms&) const = default;
};

// Many assignments have the same one: it is shared and never changed.
struct Candidacy {
  std::map<std::string, NodeTerms> nodes = {};
  std::optional<NodeTerms> any_other = {};  // terms of the nodes not named; absent = they may not

  // Null when the node may not hold the address; valid as long as the Candidacy.
  [[nodiscard]] const NodeTerms* of(const std::string& node) const {
    if (const auto named = nodes.find(node); named != nodes.end()) return &named->second;
    return any_other ? &*any_other : nullptr;
  }

  auto operator<=>(const Candidacy&) const = default;
};

}  // namespace isat
