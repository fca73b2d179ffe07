// SPDX-License-Identifier: Apache-2.0
// What the control plane's decisions cost, and how that grows with what there is to decide on.
#pragma once

namespace isat::bench {

void add_decisions();

}  // namespace isat::bench
