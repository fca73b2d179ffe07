// SPDX-License-Identifier: Apache-2.0
// The candidacies that advertisements make of the nodes.
#include "control/candidacy_table.h"

#include <algorithm>
#include <utility>

namespace isat {

std::shared_ptr<const Candidacy> CandidacyTable::of(const Advertisements& advertisements,
                                                    const Nodes& nodes) {
  auto& candidacy = candidacies_[advertisements];
  if (candidacy == nullptr) {
    candidacy = std::make_shared<const Candidacy>(candidacy_of(nodes, advertisements, rules_));
  }
  return candidacy;
}

std::vector<Advertisements> CandidacyTable::node_changed(const std::string& name,
                                                         const ClusterNode* node) {
  std::vector<Advertisements> changed;
  for (auto& [advertisements, candidacy] : candidacies_) {
    auto terms = node == nullptr ? std::nullopt : terms_of(*node, advertisements, rules_);
    const auto* before = candidacy->of(name);
    if (before == nullptr ? !terms.has_value() : terms.has_value() && *terms == *before) continue;
    auto next = *candidacy;
    next.nodes.erase(name);
    if (terms) next.nodes.emplace(name, std::move(*terms));
    candidacy = std::make_shared<const Candidacy>(std::move(next));
    changed.push_back(advertisements);
  }
  return changed;
}

void CandidacyTable::forget(const L2Advertisement* advertisement) {
  std::erase_if(candidacies_, [&](const auto& entry) {
    const auto& set = entry.first;
    return std::find(set.begin(), set.end(), advertisement) != set.end();
  });
}

}  // namespace isat
