// SPDX-License-Identifier: Apache-2.0
// The kernel's own answer to where it would send a packet: `ip route get`.
#pragma once

#include "dataplane/address.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

// The interface that packets of this host's to the address leave by; loopback for its own
// addresses. Fails where there is no route, or one that refuses.
[[nodiscard]] Result<InterfaceIndex> route_to(const Address& destination);

// Whether the kernel would take a packet from a source at all (reverse path filtering): asks as if
// the packet had come in there. True when it refuses, and its route back to the source does not
// lead out of this interface: where rp_filter is on, that is why. `destination` is an address of
// this host. IPv4 only; IPv6 has no such check but in packet filters.
[[nodiscard]] bool refuses_source(InterfaceIndex interface, const Address& source,
                                  const Address& destination);

}  // namespace isat
