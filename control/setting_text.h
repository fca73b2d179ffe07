// SPDX-License-Identifier: Apache-2.0
// What the text of a single setting means; every error is "problem; mend".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "dataplane/result.h"

namespace isat {

// Decimal digits only.
[[nodiscard]] Result<std::uint32_t> parse_number(const std::string& text, std::uint32_t least,
                                                 std::uint32_t most);

// "500ms", "1.1s", "5m", "1h"; whole milliseconds, below 10^6 of the unit.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(const std::string& text);
// In the largest of those units that needs no fraction.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

// Each gives back the text when it is what it should be.
[[nodiscard]] Result<std::string> check_listen(const std::string& text);  // HOST:PORT, or empty
[[nodiscard]] Result<std::string> check_absolute_path(const std::string& text);
[[nodiscard]] Result<std::string> check_namespace(const std::string& text);  // RFC 1123 label

// A regular expression over interface names.
[[nodiscard]] Result<std::string> check_interface_pattern(const std::string& text);

}  // namespace isat
