// SPDX-License-Identifier: Apache-2.0
// The labels of a Kubernetes object.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace isat {

using Labels = std::map<std::string, std::string>;

// Those of metadata.labels; what is no text is left out.
[[nodiscard]] Labels labels_of(const nlohmann::json& object);

}  // namespace isat
