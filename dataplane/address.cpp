// SPDX-License-Identifier: Apache-2.0
// IP and MAC addresses as values.
#include "dataplane/address.h"

#include <arpa/inet.h>

#include <cstdio>

namespace isat {

Result<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1)
    return Address(Family::kIpv4, bytes);
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1)
    return Address(Family::kIpv6, bytes);
  return fail("parse address '" + terminated + "': not an IPv4 or IPv6 address");
}

Address Address::v4(const std::array<std::uint8_t, 4>& bytes) {
  std::array<std::uint8_t, 16> padded{};
  std::copy(bytes.begin(), bytes.end(), padded.begin());
  return Address(Family::kIpv4, padded);
}

Address Address::v6(const std::array<std::uint8_t, 16>& bytes) {
  return Address(Family::kIpv6, bytes);
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

Result<MacAddress> MacAddress::parse(std::string_view text) {
  const std::string terminated(text);
  MacAddress mac;
  int consumed = 0;
  auto* out = mac.bytes.data();
  if (std::sscanf(terminated.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", out, out + 1,
                  out + 2, out + 3, out + 4, out + 5, &consumed) == 6 &&
      static_cast<std::size_t>(consumed) == terminated.size()) {
    return mac;
  }
  return fail("parse MAC address '" + terminated + "': not of the form aa:bb:cc:dd:ee:ff");
}

std::string MacAddress::to_string() const {
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1],
                bytes[2], bytes[3], bytes[4], bytes[5]);
  return text.data();
}

Address solicited_node_group(const Address& address) {
  const auto low = address.bytes().last(3);
  return Address::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, low[0], low[1], low[2]});
}

}  // namespace isat
