// SPDX-License-Identifier: Apache-2.0
// The labels of a Kubernetes object.
#include "control/labels.h"

#include "control/json_field.h"

namespace isat {

Labels labels_of(const nlohmann::json& object) {
  Labels labels;
  const auto* written = json_field(object, {"metadata", "labels"});
  if (written == nullptr || !written->is_object()) return labels;
  for (const auto& [key, value] : written->items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  return labels;
}

}  // namespace isat
