// SPDX-License-Identifier: Apache-2.0
// The time of day, for people who read objects of the API; nothing is decided by it.
#pragma once

#include <string>

namespace isat {

// As the API's MicroTime has it.
[[nodiscard]] std::string wall_time();

}  // namespace isat
