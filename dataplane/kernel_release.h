// SPDX-License-Identifier: Apache-2.0
// Which Linux this is.
#pragma once

#include <string>

namespace isat {

[[nodiscard]] std::string kernel_release();
[[nodiscard]] bool kernel_is_at_least(int major, int minor);

}  // namespace isat
