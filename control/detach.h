// SPDX-License-Identifier: Apache-2.0
// `isat detach`: takes everything of isat's out of the kernel.
#pragma once

#include <string>

#include "control/environment.h"

namespace isat {

[[nodiscard]] int detach(const Environment& environment, const std::string& pin);

// The same for the directory that a configuration file names.
[[nodiscard]] int detach_configured(const Environment& environment,
                                    const std::string& configuration);

}  // namespace isat
