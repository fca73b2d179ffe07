// SPDX-License-Identifier: Apache-2.0
// A configuration as JSON, with the fields and spellings of the file; JSON being YAML, it can be
// read back.
#pragma once

#include <nlohmann/json.hpp>

#include "control/configuration.h"

namespace isat {

// Every field, defaults too. Ranges come expanded, address by address.
[[nodiscard]] nlohmann::ordered_json configuration_json(const Configuration& configuration);

}  // namespace isat
