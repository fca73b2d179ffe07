// SPDX-License-Identifier: Apache-2.0
// Reads RTM_NEWADDR and RTM_DELADDR.
#include "dataplane/address_message.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace isat {
namespace {

// IFA_ADDRESS, not IFA_LOCAL: on a point-to-point link the subnet is the peer's.
int remember_address(const nlattr* attribute, void* data) {
  if (mnl_attr_get_type(attribute) == IFA_ADDRESS) {
    *static_cast<const nlattr**>(data) = attribute;
  }
  return MNL_CB_OK;
}

template <std::size_t N>
std::optional<Address> address_of(const nlattr& attribute,
                                  Address (*make)(const std::array<std::uint8_t, N>&)) {
  std::array<std::uint8_t, N> bytes{};
  if (mnl_attr_get_payload_len(&attribute) != N) return std::nullopt;
  std::memcpy(bytes.data(), mnl_attr_get_payload(&attribute), N);
  return make(bytes);
}

std::optional<Address> address_of(const nlattr& attribute, unsigned family) {
  if (family == AF_INET) return address_of<4>(attribute, &Address::v4);
  if (family == AF_INET6) return address_of<16>(attribute, &Address::v6);
  return std::nullopt;
}

}  // namespace

std::optional<AddressMessage> parse_address_message(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWADDR && message.nlmsg_type != RTM_DELADDR) return std::nullopt;
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(ifaddrmsg)) return std::nullopt;
  const auto& header = *static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  if (header.ifa_family == AF_INET6 && header.ifa_scope == RT_SCOPE_LINK) return std::nullopt;
  const nlattr* attribute = nullptr;
  mnl_attr_parse(&message, sizeof(header), remember_address, &attribute);
  if (attribute == nullptr) return std::nullopt;
  const auto address = address_of(*attribute, header.ifa_family);
  if (!address) return std::nullopt;
  return AddressMessage{static_cast<InterfaceIndex>(header.ifa_index),
                        {*address, header.ifa_prefixlen},
                        message.nlmsg_type == RTM_DELADDR};
}

}  // namespace isat
