// SPDX-License-Identifier: Apache-2.0
// `isat watch`: streams what the responder reports, until interrupted.
#pragma once

#include <string>

#include "control/environment.h"

namespace isat {

struct WatchOptions {
  std::string pin;
  bool json = false;
  bool frames = false;  // frames, not events
  std::string capture;  // file for the frames; empty = lines, one for each
};

// Blocks until SIGINT or SIGTERM, which are success. Fails when the pins go, or when newer watches
// need the place.
[[nodiscard]] int watch(const Environment& environment, const WatchOptions& options);

}  // namespace isat
