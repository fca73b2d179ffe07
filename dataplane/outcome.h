// SPDX-License-Identifier: Apache-2.0
// How families and outcomes are spelt for people: in metrics, status, logs and JSON.
#pragma once

#include <string_view>

#include "bpf/abi.h"

namespace isat {

// "arp", "ndp", "other". Total: a value outside the enumeration is "unknown", so that a map written
// by another build can still be shown. The text lives for ever.
[[nodiscard]] std::string_view family_name(isat_family family);

// "answered", "not_announced", …
[[nodiscard]] std::string_view outcome_name(isat_outcome outcome);

}  // namespace isat
