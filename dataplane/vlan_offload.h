// SPDX-License-Identifier: Apache-2.0
// Does the driver take VLAN tags out of received frames? (ethtool -k: rx-vlan-offload)
#pragma once

#include <string>

namespace isat {

// Asks the kernel (SIOCETHTOOL, ETHTOOL_GFLAGS; no privilege needed). False when it cannot say, as
// for an interface without ethtool support, which has no offload either.
[[nodiscard]] bool rx_vlan_offload(const std::string& interface_name);

}  // namespace isat
