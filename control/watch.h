// SPDX-License-Identifier: Apache-2.0
// `isat watch`: streams what the responder reports, until interrupted.
#pragma once

#include <string>

#include "control/environment.h"

namespace isat {

// Blocks until SIGINT or SIGTERM, which are success. Fails when the pins go, or when newer watches
// need the place.
[[nodiscard]] int watch(const Environment& environment, const std::string& pin, bool json);

}  // namespace isat
