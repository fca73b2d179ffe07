// SPDX-License-Identifier: Apache-2.0
// What the running kernel is too old for: by its number, so that a defect is never taken for age.
#pragma once

#include "dataplane/kernel_release.h"

namespace isat::test {

inline bool kernel_has_tcx() {
  return kernel_is_at_least(6, 6);
}

// The name our program at tc is pinned by.
inline std::string tc_pin(unsigned int interface) {
  return (kernel_has_tcx() ? "tcx_" : "tc_") + std::to_string(interface);
}

}  // namespace isat::test
