// SPDX-License-Identifier: Apache-2.0
// The candidacies that advertisements make of the nodes: one for each distinct set of
// advertisements, shared by all Services to which that set applies.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/eligibility.h"

namespace isat {

class CandidacyTable {
 public:
  explicit CandidacyTable(EligibilityRules rules) : rules_(rules) {}

  // Computed when it is asked for the first time.
  [[nodiscard]] std::shared_ptr<const Candidacy> of(const Advertisements& advertisements,
                                                    const Nodes& nodes);
  // This node came, changed, or went (null). Returns the sets whose candidacy is another now.
  std::vector<Advertisements> node_changed(const std::string& name, const ClusterNode* node);
  // This advertisement changes or goes: no set that has it is remembered.
  void forget(const L2Advertisement* advertisement);

 private:
  EligibilityRules rules_;
  std::map<Advertisements, std::shared_ptr<const Candidacy>> candidacies_;
};

}  // namespace isat
