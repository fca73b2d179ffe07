// SPDX-License-Identifier: Apache-2.0
// What has to be told for one list of assignments to become another.
#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

#include "control/assignment.h"

namespace isat {

// Appends to `change`. Both lists are ordered, and have no key twice.
inline void note_difference(const std::vector<Assignment>& before,
                            const std::vector<Assignment>& now, AssignmentChange& change) {
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                      std::back_inserter(change.added));
  std::vector<Assignment> gone;
  std::set_difference(before.begin(), before.end(), now.begin(), now.end(),
                      std::back_inserter(gone),
                      [](const auto& left, const auto& right) { return left.key < right.key; });
  for (const auto& assignment : gone) change.removed.push_back(assignment.key);
}

}  // namespace isat
