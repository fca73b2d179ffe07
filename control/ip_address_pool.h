// SPDX-License-Identifier: Apache-2.0
// MetalLB's IPAddressPool: addresses that may be announced.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/address_range.h"
#include "control/labels.h"
#include "dataplane/result.h"

namespace isat {

struct IpAddressPool {
  std::string name{};
  std::string created{};  // as the API writes it, which sorts as time does
  Labels labels{};
  std::vector<AddressRange> ranges{};  // no two overlap

  bool operator==(const IpAddressPool&) const = default;
};

// An error is "FIELD: problem; mend". Everything MetalLB would refuse is refused, also in the
// fields that only its controller reads: what one of them calls invalid must not work with the
// other.
[[nodiscard]] Result<IpAddressPool> parse_ip_address_pool(const nlohmann::json& object);

}  // namespace isat
