// SPDX-License-Identifier: Apache-2.0
// One candidacy for Services that share addresses, so that they elect the same node.
#pragma once

#include <memory>
#include <vector>

#include "control/candidacy.h"

namespace isat {

// A node may hold the addresses if it may for one of the Services: on the union of their
// interfaces, with the best of their scores. Null for none; the very same one if they all have the
// same.
[[nodiscard]] std::shared_ptr<const Candidacy> group_candidacy(
    std::vector<std::shared_ptr<const Candidacy>> candidacies);

}  // namespace isat
