// SPDX-License-Identifier: Apache-2.0
// `isat drain` and `isat undrain`.
#pragma once

#include <string>

#include "control/environment.h"

namespace isat {

// Returns when the speaker has withdrawn this node's addresses and released its Lease. Without a
// speaker it withdraws them itself, and says that nobody released the Lease; the next speaker finds
// the mark.
[[nodiscard]] int drain(const Environment& environment, const std::string& pin);
[[nodiscard]] int undrain(const Environment& environment, const std::string& pin);

}  // namespace isat
