// SPDX-License-Identifier: Apache-2.0
// The `addresses` of a configuration: entries checked against each other, then expanded.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "control/assignment.h"
#include "control/complaint.h"
#include "control/yaml_fields.h"

namespace isat {

// Empty when anything was complained about. Takes memory for at most `capacity` addresses per
// family.
[[nodiscard]] std::vector<Assignment> read_addresses(const Fields::Entry& addresses,
                                                     std::uint32_t capacity, Complaint& complaint);

// The most patterns one list of interfaces may have: each of the addresses in a range repeats them.
constexpr std::size_t kMostPatterns = 32;

}  // namespace isat
