// SPDX-License-Identifier: Apache-2.0
// Reads RTM_NEWLINK and RTM_DELLINK.
#include "dataplane/link_message.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace isat {
namespace {

using Attributes = std::array<const nlattr*, IFLA_MAX + 1>;

// A newer kernel's attributes are beyond what we know and are left out.
int remember(const nlattr* attribute, void* data) {
  const auto type = mnl_attr_get_type(attribute);
  if (type <= IFLA_MAX) (*static_cast<Attributes*>(data))[type] = attribute;
  return MNL_CB_OK;
}

std::uint32_t number(const nlattr* attribute) {
  return attribute != nullptr && mnl_attr_get_payload_len(attribute) >= sizeof(std::uint32_t)
             ? mnl_attr_get_u32(attribute)
             : 0;
}

std::string text(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  const std::string_view payload(mnl_attr_get_str(attribute), mnl_attr_get_payload_len(attribute));
  return std::string(payload.substr(0, payload.find('\0')));
}

std::string kind_of(const nlattr* link_info) {
  if (link_info == nullptr) return {};
  Attributes nested{};
  mnl_attr_parse_nested(link_info, remember, &nested);
  return text(nested[IFLA_INFO_KIND]);
}

// Tunnels and veth carry IFLA_LINK too, with another meaning.
bool stacks(std::string_view kind) {
  constexpr std::array<std::string_view, 6> kStacking = {"vlan",   "macvlan", "macvtap",
                                                         "ipvlan", "ipvtap",  "macsec"};
  return std::find(kStacking.begin(), kStacking.end(), kind) != kStacking.end();
}

// With IFLA_LINK_NETNSID the index counts in that other namespace, where it may mean anything.
InterfaceIndex parent_of(const Attributes& attributes, std::string_view kind) {
  if (!stacks(kind) || attributes[IFLA_LINK_NETNSID] != nullptr) return 0;
  return number(attributes[IFLA_LINK]);
}

// Zero for hardware whose addresses are not six bytes long.
MacAddress mac_of(const nlattr* attribute) {
  MacAddress mac;
  if (attribute != nullptr && mnl_attr_get_payload_len(attribute) == mac.bytes.size()) {
    const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
    std::copy_n(bytes, mac.bytes.size(), mac.bytes.begin());
  }
  return mac;
}

}  // namespace

std::optional<LinkMessage> parse_link_message(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWLINK && message.nlmsg_type != RTM_DELLINK) return std::nullopt;
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(ifinfomsg)) return std::nullopt;
  const auto& header = *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  // A bridge tells of its ports in the same group (net/bridge/br_netlink.c, br_ifinfo_notify): its
  // RTM_DELLINK means that a port left the bridge, and the interface lives on.
  if (header.ifi_family != AF_UNSPEC || header.ifi_index <= 0) return std::nullopt;

  Interface interface;
  interface.index = static_cast<InterfaceIndex>(header.ifi_index);
  if (message.nlmsg_type == RTM_DELLINK) return LinkMessage{std::move(interface), true};

  Attributes attributes{};
  mnl_attr_parse(&message, sizeof(header), remember, &attributes);
  // Wireless events are an RTM_NEWLINK with no address and no MTU (net/wireless/wext-core.c).
  if (attributes[IFLA_WIRELESS] != nullptr) return std::nullopt;

  interface.name = text(attributes[IFLA_IFNAME]);
  interface.mac = mac_of(attributes[IFLA_ADDRESS]);
  interface.up = (header.ifi_flags & IFF_UP) != 0;
  // Not IFF_LOWER_UP: the driver's carrier shows before the kernel has set the queue up
  // (net/core/link_watch.c), and what is sent in between is dropped without an error.
  interface.carrier = (header.ifi_flags & IFF_RUNNING) != 0;
  interface.broadcast = (header.ifi_flags & IFF_BROADCAST) != 0;
  interface.no_arp = (header.ifi_flags & IFF_NOARP) != 0;
  // The flag shows only what a user asked for; the count also a sniffer's or a bridge's wish.
  interface.promiscuous =
      (header.ifi_flags & IFF_PROMISC) != 0 || number(attributes[IFLA_PROMISCUITY]) > 0;
  interface.master = number(attributes[IFLA_MASTER]);
  interface.kind = kind_of(attributes[IFLA_LINKINFO]);
  interface.parent = parent_of(attributes, interface.kind);
  interface.mtu = number(attributes[IFLA_MTU]);
  return LinkMessage{std::move(interface), false};
}

}  // namespace isat
