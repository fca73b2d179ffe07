// SPDX-License-Identifier: Apache-2.0
// Which process holds the lock on a pin directory, that is, whether and as whom a speaker runs.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace isat {

// Read from /proc/locks, because trying the lock would take it for a moment, from under a speaker
// that is just starting. Sees only holders in this process's PID namespace and its children.
[[nodiscard]] std::optional<pid_t> lock_holder(const std::string& directory);

}  // namespace isat
