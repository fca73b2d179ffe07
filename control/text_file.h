// SPDX-License-Identifier: Apache-2.0
// A small regular file, read whole.
#pragma once

#include <cstddef>
#include <string>

#include "dataplane/result.h"

namespace isat {

// Fails on what is not a regular file (a pipe could block for ever) and on more than `most` bytes.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::size_t most);

}  // namespace isat
