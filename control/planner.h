// SPDX-License-Identifier: Apache-2.0
// What this node announces: assignments × members × interfaces, and nothing else.
#pragma once

#include <map>
#include <regex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/assignments.h"
#include "control/election.h"
#include "dataplane/announcement.h"
#include "dataplane/result.h"

namespace isat {

// The interfaces this node answers on: eligible and attached, by index.
using ServedInterfaces = std::map<InterfaceIndex, Interface>;

// Its answers depend on the arguments alone; what it remembers are compiled patterns.
class Planner {
 public:
  explicit Planner(std::string node);

  // The announcements this node should have for one address, ordered by interface: the union of
  // what its owners wish for, on interfaces served; none unless this node is the holder. A pattern
  // that is no regular expression matches nothing: sources refuse those, where the line is still
  // known.
  [[nodiscard]] std::vector<Announcement> plan(const Address& address,
                                               const Assignments::Owners& owners,
                                               std::span<const Candidate> candidates,
                                               const ServedInterfaces& served);

 private:
  bool matches(const std::string& pattern, const std::string& name);
  bool wished_for(const Assignments::Owners& owners, const std::string& name);

  std::string node_;
  // Owners share few patterns, and compiling one costs more than the rest of a plan.
  std::unordered_map<std::string, Result<std::regex>> compiled_;
};

}  // namespace isat
