// SPDX-License-Identifier: Apache-2.0
// `isat top`: what is asked and answered, live.
#pragma once

#include <chrono>
#include <string>

#include "control/environment.h"

namespace isat {

// Reads the pinned maps every `interval`; needs no speaker, but asks one that runs who holds what.
// On a terminal until q or an interrupt; with `json` it prints one object after the first interval
// and ends. Fails when nothing is pinned.
[[nodiscard]] int top(const Environment& environment, const std::string& pin,
                      std::chrono::milliseconds interval, bool json);

}  // namespace isat
