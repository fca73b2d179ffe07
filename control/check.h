// SPDX-License-Identifier: Apache-2.0
// `isat check`: is the configuration file valid, and what does it come to?
#pragma once

#include <string>

#include "control/environment.h"

namespace isat {

[[nodiscard]] int check(const Environment& environment, const std::string& path, bool json);

}  // namespace isat
