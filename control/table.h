// SPDX-License-Identifier: Apache-2.0
// Rows of text in aligned columns, for terminals.
#pragma once

#include <string>
#include <vector>

namespace isat {

// The first row is the heading. Columns are two spaces apart, the last one is not padded; every row
// has as many cells as the first.
[[nodiscard]] std::string render_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace isat
