// SPDX-License-Identifier: Apache-2.0
// The process's own environment.
#include "control/environment.h"

#include <cstdlib>
#include <iostream>

namespace isat {

Environment process_environment() {
  return {std::cout, std::cerr, [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          }};
}

}  // namespace isat
