// SPDX-License-Identifier: Apache-2.0
// Somebody else's text inside a message.
#include "control/quote.h"

#include <algorithm>
#include <cstddef>

namespace isat {

std::string one_line(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown(text.substr(0, kLongest));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kLongest ? shown + "..." : shown;
}

std::string quote(std::string_view text) {
  return "'" + one_line(text) + "'";
}

}  // namespace isat
