// SPDX-License-Identifier: Apache-2.0
// The command line: reads arguments, calls the command.
#pragma once

#include <string>
#include <vector>

#include "control/environment.h"

namespace isat {

// `arguments` without the program's name. Returns an ExitStatus.
[[nodiscard]] int run(const Environment& environment, const std::vector<std::string>& arguments);

}  // namespace isat
