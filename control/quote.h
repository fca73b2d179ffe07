// SPDX-License-Identifier: Apache-2.0
// Somebody else's text inside a message: short, and on one line.
#pragma once

#include <string>
#include <string_view>

namespace isat {

// At most 60 characters of the text; what is not printable ASCII becomes '?'.
[[nodiscard]] std::string one_line(std::string_view text);
// The same in single quotes.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace isat
