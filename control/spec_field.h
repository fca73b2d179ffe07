// SPDX-License-Identifier: Apache-2.0
// Reads lists from the spec of one of MetalLB's resources.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "control/label_selector.h"
#include "dataplane/result.h"

namespace isat {

// `field` is a member of `object`; absent and null are an empty list. An error is
// "PREFIX.FIELD[PLACE]: problem; mend", its words MetalLB's where it has some.

// Texts, none of them twice.
[[nodiscard]] Result<std::vector<std::string>> read_texts(const nlohmann::json& object,
                                                          std::string_view prefix,
                                                          std::string_view field);
// Label selectors, no two of which mean the same.
[[nodiscard]] Result<std::vector<LabelSelector>> read_selectors(const nlohmann::json& object,
                                                                std::string_view prefix,
                                                                std::string_view field);

}  // namespace isat
