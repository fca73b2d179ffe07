// SPDX-License-Identifier: Apache-2.0
// Warns before there are more solicited-node groups than networks bear.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/address.h"

namespace isat {

// One line with the mend when the IPv6 ones of `addresses` need more than `most` groups on one
// interface; addresses that end in the same 24 bits share one.
[[nodiscard]] std::optional<std::string> multicast_warning(const std::vector<Address>& addresses,
                                                           std::uint32_t most);

}  // namespace isat
