// SPDX-License-Identifier: Apache-2.0
// What an object of the Kubernetes API is called.
#pragma once

#include <string>

#include "control/json_field.h"

namespace isat {

// "namespace/name", "name" for an object without a namespace; empty if it has no name.
[[nodiscard]] inline std::string object_name(const nlohmann::json& object) {
  const auto name = text_field(object, {"metadata", "name"});
  const auto space = text_field(object, {"metadata", "namespace"});
  return name.empty() || space.empty() ? name : space + "/" + name;
}

}  // namespace isat
