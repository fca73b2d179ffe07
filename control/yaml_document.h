// SPDX-License-Identifier: Apache-2.0
// Text as the one YAML document it holds.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <string>

#include "dataplane/result.h"

namespace isat {

// A ConfigMap ends at 1 MiB. Not more than twice that: yaml-cpp takes up to 500 times the text in
// memory, when it is all brackets.
constexpr std::size_t kLargestYaml = std::size_t{2} << 20;

// Aliases in the document share their node, they are not copied: nesting them costs nothing. An
// error is "PATH:LINE: FIELD: problem; mend"; nothing is thrown.
[[nodiscard]] Result<YAML::Node> parse_yaml(const std::string& text, const std::string& path);

[[nodiscard]] int line_of(const YAML::Node& node);  // counts from 1

}  // namespace isat
