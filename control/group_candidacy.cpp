// SPDX-License-Identifier: Apache-2.0
// One candidacy for Services that share addresses.
#include "control/group_candidacy.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace isat {
namespace {

NodeTerms merged(const NodeTerms& left, const NodeTerms& right) {
  NodeTerms terms{{}, std::max(left.score, right.score)};
  // None named = every interface.
  if (left.interfaces.empty() || right.interfaces.empty()) return terms;
  std::set_union(left.interfaces.begin(), left.interfaces.end(), right.interfaces.begin(),
                 right.interfaces.end(), std::back_inserter(terms.interfaces));
  return terms;
}

}  // namespace

std::shared_ptr<const Candidacy> group_candidacy(
    std::vector<std::shared_ptr<const Candidacy>> candidacies) {
  std::sort(candidacies.begin(), candidacies.end());
  candidacies.erase(std::unique(candidacies.begin(), candidacies.end()), candidacies.end());
  if (candidacies.empty()) return nullptr;
  if (candidacies.size() == 1) return candidacies.front();
  Candidacy group;
  for (const auto& candidacy : candidacies) {
    for (const auto& [node, terms] : candidacy->nodes) {
      const auto [found, fresh] = group.nodes.emplace(node, terms);
      if (!fresh) found->second = merged(found->second, terms);
    }
  }
  return std::make_shared<const Candidacy>(std::move(group));
}

}  // namespace isat
