// SPDX-License-Identifier: Apache-2.0
// The manual page, made of what `--help` is made of.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace isat {

// Source for man(1), section 8. Commands without a group are hidden, as from --help.
[[nodiscard]] std::string manual_page(const CLI::App& app);

}  // namespace isat
