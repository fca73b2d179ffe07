// SPDX-License-Identifier: Apache-2.0
// A driver's own counters, as `ethtool -S` shows them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "dataplane/result.h"

namespace isat {

// By the driver's own names, which differ from one to the next. A driver without any: EOPNOTSUPP.
[[nodiscard]] Result<std::map<std::string, std::uint64_t>> driver_statistics(
    const std::string& interface_name);

// Frames that XDP sent back and the driver did not get rid of, as far as their names say so; empty
// when it has no such counter, or none has moved.
[[nodiscard]] std::map<std::string, std::uint64_t> lost_at_xdp_tx(
    const std::map<std::string, std::uint64_t>& statistics);

}  // namespace isat
