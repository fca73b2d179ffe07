// SPDX-License-Identifier: Apache-2.0
// Takes everything of ours out of the kernel.
#pragma once

#include <string>
#include <vector>

#include "dataplane/result.h"

namespace isat {

struct Detachment {
  std::vector<std::string> detached;  // names of the links and filters removed: "tcx_3"
  std::vector<std::string> left;      // names in the directory that are not ours, and still there
};

// Removes programs, links, filters and pins; answers end when it returns. Nothing there is success.
// Works by the names of the pins, so that it can clear away what another build left. Refuses while
// a speaker runs on the pins. Filters (kernels before 6.6) are only found in their network
// namespace.
[[nodiscard]] Result<Detachment> detach_everything(const std::string& pin);

}  // namespace isat
