// SPDX-License-Identifier: Apache-2.0
// ServiceL2Status objects as the API has them, in MetalLB's form.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/service_l2_status.h"

namespace isat {

// The speaker's own, on whose end its objects go; empty outside of one.
struct PodReference {
  std::string name{};
  std::string uid{};
};

// By its status, or as long as there is none by its labels.
[[nodiscard]] ServiceL2Status parse_service_l2_status(const nlohmann::json& object);

// To be created; the API takes its status only afterwards, apart.
[[nodiscard]] nlohmann::json new_status_json(const ServiceL2Status& status,
                                             const std::string& namespace_name,
                                             const PodReference& pod);
// A merge patch of the subresource.
[[nodiscard]] nlohmann::json status_patch_json(const ServiceL2Status& status);

}  // namespace isat
