// SPDX-License-Identifier: Apache-2.0
// IP and MAC addresses as values; the bytes are always in network order.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "dataplane/result.h"

namespace isat {

enum class Family : std::uint8_t { kIpv4, kIpv6 };

// An IPv4 or IPv6 address. Ordered by family, then by its bytes as a number. An IPv4-mapped IPv6
// address stays IPv6.
class Address {
 public:
  // Accepts what inet_pton(3) accepts, nothing else: no zone, no prefix length, no leading zeros.
  [[nodiscard]] static Result<Address> parse(std::string_view text);
  [[nodiscard]] static Address v4(const std::array<std::uint8_t, 4>& bytes);
  [[nodiscard]] static Address v6(const std::array<std::uint8_t, 16>& bytes);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::kIpv4; }
  // 4 or 16 bytes, network order; valid as long as the Address.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return {bytes_.data(), is_v4() ? std::size_t{4} : std::size_t{16}};
  }
  [[nodiscard]] std::string to_string() const;  // RFC 5952 form

  auto operator<=>(const Address&) const = default;

 private:
  Address(Family family, const std::array<std::uint8_t, 16>& bytes)
      : family_(family), bytes_(bytes) {}

  Family family_;
  std::array<std::uint8_t, 16> bytes_;  // IPv4: the first four, the rest zero
};

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  [[nodiscard]] static Result<MacAddress> parse(std::string_view text);  // aa:bb:cc:dd:ee:ff
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const MacAddress&) const = default;
};

// The solicited-node multicast group of an IPv6 address (RFC 4291 §2.7.1).
[[nodiscard]] Address solicited_node_group(const Address& address);

}  // namespace isat

template <>
struct std::hash<isat::Address> {
  std::size_t operator()(const isat::Address& address) const noexcept {
    const auto bytes = address.bytes();
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
};
