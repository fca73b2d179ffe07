// SPDX-License-Identifier: Apache-2.0
// Programs of others on the hooks we use: to be named, never to be displaced.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

// People read these names: "program 17 (xdp_dispatcher)", the part in brackets only where
// CAP_SYS_ADMIN lets it be read; "filter 0x2 at priority 1 (cil_from_netdev)".

// Who holds the XDP hook; empty = nobody.
[[nodiscard]] std::string xdp_occupant(InterfaceIndex interface);

// Everything at tc ingress that sees a frame before the program with the id `ours` does, in their
// order: these could swallow requests. Empty when `ours` is not there (perhaps this is another
// network namespace); `ours` 0 = list all.
[[nodiscard]] Result<std::vector<std::string>> ahead_at_tc(InterfaceIndex interface,
                                                           std::uint32_t ours);

// Everything at tc egress: these see, and could swallow, a reply that was redirected at ingress.
[[nodiscard]] Result<std::vector<std::string>> at_tc_egress(InterfaceIndex interface);

// Does the clsact qdisc hold any filter, at ingress or egress?
[[nodiscard]] Result<bool> has_tc_filters(InterfaceIndex interface);

}  // namespace isat
