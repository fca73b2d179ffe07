// SPDX-License-Identifier: Apache-2.0
// Whether a speaker runs on a pin directory, for commands beside it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace isat {

// Its process, 0 when it runs out of our sight, nothing when none runs.
[[nodiscard]] std::optional<pid_t> running_speaker(const std::string& pin);

}  // namespace isat
