// SPDX-License-Identifier: Apache-2.0
// `isat run`: the speaker, in the foreground.
#pragma once

#include <string>

#include "control/environment.h"

namespace isat {

struct RunOptions {
  std::string configuration;
  std::string node;        // empty = the host's name
  std::string kubeconfig;  // empty = as the configuration says
};

// Returns when the speaker was told to leave (SIGTERM, SIGINT), or at once with kFailure and one
// line on `err` when it cannot start.
[[nodiscard]] int run_speaker(const Environment& environment, const RunOptions& options);

}  // namespace isat
