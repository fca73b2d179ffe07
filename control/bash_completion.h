// SPDX-License-Identifier: Apache-2.0
// The completion for bash, made of what `--help` is made of.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace isat {

// A script to be sourced by bash. Commands without a group are hidden, as from --help.
[[nodiscard]] std::string bash_completion(const CLI::App& app);

}  // namespace isat
