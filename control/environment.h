// SPDX-License-Identifier: Apache-2.0
// What a command may touch of the world outside; a test hands in its own.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace isat {

struct Environment {
  std::ostream& out;  // what was asked for
  std::ostream& err;  // errors, warnings, the log
  // The value of an environment variable; absent when unset.
  std::function<std::optional<std::string>(const std::string& name)> getenv;
};

// The process's own.
[[nodiscard]] Environment process_environment();

// The exit status of every command.
enum ExitStatus : int {
  kSuccess = 0,
  kFailure = 1,
  kUsage = 2,  // the command line makes no sense; nothing was done
};

}  // namespace isat
