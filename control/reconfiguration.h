// SPDX-License-Identifier: Apache-2.0
// What a new configuration changes in a running speaker, and what has to wait for a restart.
#pragma once

#include <string>
#include <vector>

#include "control/configuration.h"

namespace isat {

struct Reconfiguration {
  Configuration effective;                 // `next`, with the running value where it cannot change
  std::vector<std::string> needs_restart;  // names of those fields, as written in the file
};

[[nodiscard]] Reconfiguration reconfigure(const Configuration& running, const Configuration& next);

}  // namespace isat
