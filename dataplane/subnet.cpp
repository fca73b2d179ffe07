// SPDX-License-Identifier: Apache-2.0
// An interface's own subnet.
#include "dataplane/subnet.h"

#include <array>
#include <charconv>

namespace isat {

std::optional<Subnet> Subnet::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  unsigned length = 0;
  const auto digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), length);
  if (error != std::errc() || end != digits.end()) return std::nullopt;
  if (length > 8 * address->bytes().size()) return std::nullopt;
  return Subnet{*address, length};
}

Subnet Subnet::network() const {
  std::array<std::uint8_t, 16> lowest{};
  const auto ours = address.bytes();
  for (unsigned bit = 0; bit < length; ++bit) {
    const unsigned mask = 0x80u >> bit % 8;
    lowest[bit / 8] = static_cast<std::uint8_t>(lowest[bit / 8] | (ours[bit / 8] & mask));
  }
  if (!address.is_v4()) return {Address::v6(lowest), length};
  return {Address::v4({lowest[0], lowest[1], lowest[2], lowest[3]}), length};
}

bool Subnet::contains(const Address& other) const {
  if (other.family() != address.family()) return false;
  const auto ours = address.bytes();
  const auto theirs = other.bytes();
  for (unsigned bit = 0; bit < length; ++bit) {
    const unsigned mask = 0x80u >> bit % 8;
    if ((ours[bit / 8] & mask) != (theirs[bit / 8] & mask)) return false;
  }
  return true;
}

std::string Subnet::to_string() const {
  return address.to_string() + "/" + std::to_string(length);
}

}  // namespace isat
