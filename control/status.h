// SPDX-License-Identifier: Apache-2.0
// `isat status`: what is pinned, with or without a running speaker.
#pragma once

#include <string>

#include "control/environment.h"

namespace isat {

// Changes nothing and takes no lock. Fails when nothing is pinned in `pin`.
[[nodiscard]] int status(const Environment& environment, const std::string& pin, bool json);

}  // namespace isat
