// SPDX-License-Identifier: Apache-2.0
// A network interface as rtnetlink describes it.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>

#include "dataplane/address.h"
#include "dataplane/subnet.h"

namespace isat {

// The kernel's number for an interface in this network namespace; never reused while it lives.
using InterfaceIndex = std::uint32_t;

struct Interface {
  InterfaceIndex index = 0;
  std::string name;
  MacAddress mac;
  bool up = false;             // IFF_UP: administratively up
  bool carrier = false;        // IFF_RUNNING: carrier, and the kernel is ready to send
  bool broadcast = false;      // IFF_BROADCAST
  bool no_arp = false;         // IFF_NOARP
  bool promiscuous = false;    // IFF_PROMISC or a promiscuity count above zero
  InterfaceIndex master = 0;   // bridge, bond or VRF it is enslaved to; 0 = none
  InterfaceIndex parent = 0;   // IFLA_LINK: what a VLAN or macvlan sits on; 0 = none
  std::string kind;            // IFLA_INFO_KIND: "vlan", "bridge", "veth", …; empty for hardware
  std::uint32_t mtu = 0;       // bytes
  std::set<Subnet> subnets;    // of its own addresses, link-local ones left out
  bool carries_vlans = false;  // a VLAN interface of this namespace sits on it

  bool operator==(const Interface&) const = default;
};

}  // namespace isat
