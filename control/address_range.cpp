// SPDX-License-Identifier: Apache-2.0
// A run of consecutive addresses of one family.
#include "control/address_range.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>

#include "control/quote.h"

namespace isat {
namespace {

constexpr auto kForms = "write ADDRESS, ADDRESS/PREFIX or FIRST-LAST";

std::string_view trim(std::string_view text) {
  constexpr auto kBlank = " \t";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

Result<Address> parse_address(std::string_view text) {
  // Stricter than inet_pton(3), which stops at a NUL that YAML can well write.
  if (text.find_first_not_of("0123456789abcdefABCDEF.:") == text.npos) {
    if (auto address = Address::parse(text)) return address;
  }
  return fail(quote(text) + " is not an IPv4 or IPv6 address; " + kForms);
}

// An address as a number; IPv4 in the low half. Two halves, because 128-bit integers are no C++20.
struct Number {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

Number to_number(const Address& address) {
  Number number;
  for (const std::uint8_t byte : address.bytes()) {
    number.high = number.high << 8 | number.low >> 56;
    number.low = number.low << 8 | byte;
  }
  return number;
}

std::uint8_t byte_of(std::uint64_t half, std::size_t index) {
  return static_cast<std::uint8_t>(half >> (56 - 8 * index));
}

Address to_address(Family family, const Number& number) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = byte_of(number.high, i);
    bytes[8 + i] = byte_of(number.low, i);
  }
  if (family == Family::kIpv6) return Address::v6(bytes);
  return Address::v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

// The bits of a half that belong to hosts, when `host_bits` (0 to 128) of the whole number do.
std::uint64_t host_mask(int host_bits) {
  if (host_bits <= 0) return 0;
  if (host_bits >= 64) return std::numeric_limits<std::uint64_t>::max();
  return (std::uint64_t{1} << host_bits) - 1;
}

// What no host may own, so that answering for it could only do harm.
struct Block {
  const char* first;
  const char* last;
  const char* meaning;
};
constexpr std::array kNotOwnable{
    Block{"0.0.0.0", "0.255.255.255", "unspecified, RFC 1122 section 3.2.1.3"},
    Block{"127.0.0.0", "127.255.255.255", "loopback, RFC 1122 section 3.2.1.3"},
    Block{"224.0.0.0", "239.255.255.255", "multicast, RFC 5771"},
    Block{"255.255.255.255", "255.255.255.255", "limited broadcast, RFC 919 section 7"},
    Block{"::", "::", "unspecified, RFC 4291 section 2.5.2"},
    Block{"::1", "::1", "loopback, RFC 4291 section 2.5.3"},
    Block{"::ffff:0.0.0.0", "::ffff:255.255.255.255", "IPv4-mapped, RFC 4291 section 2.5.5.2"},
    Block{"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast, RFC 4291 section 2.7"},
};

const Block* not_ownable_in(const Address& first, const Address& last) {
  for (const auto& block : kNotOwnable) {
    if (first <= *Address::parse(block.last) && *Address::parse(block.first) <= last) return &block;
  }
  return nullptr;
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  auto range = [&]() -> Result<AddressRange> {
    if (const auto dash = text.find('-'); dash != text.npos) {
      const auto first = parse_address(trim(text.substr(0, dash)));
      if (!first) return tl::unexpected(first.error());
      const auto last = parse_address(trim(text.substr(dash + 1)));
      if (!last) return tl::unexpected(last.error());
      return AddressRange(*first, *last);
    }
    if (const auto slash = text.find('/'); slash != text.npos) {
      return parse_prefix(trim(text.substr(0, slash)), trim(text.substr(slash + 1)));
    }
    const auto address = parse_address(trim(text));
    if (!address) return tl::unexpected(address.error());
    return AddressRange(*address, *address);
  }();
  if (!range) return range;
  if (range->first_.family() != range->last_.family()) {
    return fail(quote(text) + " mixes IPv4 and IPv6; write one range for each");
  }
  if (range->last_ < range->first_) {
    return fail(quote(text) + " is reversed; write " + range->last_.to_string() + "-" +
                range->first_.to_string());
  }
  if (const auto* block = not_ownable_in(range->first_, range->last_)) {
    return fail(
        quote(text) + " takes in " +
        AddressRange(*Address::parse(block->first), *Address::parse(block->last)).to_string() +
        " (" + block->meaning + "), which no host may own; write addresses of your network");
  }
  return range;
}

Result<AddressRange> AddressRange::parse_prefix(std::string_view base, std::string_view length) {
  const auto address = parse_address(base);
  if (!address) return tl::unexpected(address.error());
  const int bits = address->is_v4() ? 32 : 128;
  int prefix = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), prefix);
  if (error != std::errc() || end != length.data() + length.size() || prefix < 0 || prefix > bits) {
    return fail("prefix length " + quote(length) + " is out of range; write 0 to " +
                std::to_string(bits));
  }
  const auto number = to_number(*address);
  const Number hosts{host_mask(bits - prefix - 64), host_mask(bits - prefix)};
  const Number first{number.high & ~hosts.high, number.low & ~hosts.low};
  const auto first_address = to_address(address->family(), first);
  if (first_address != *address) {
    return fail(quote(base) + " has bits set beyond its prefix /" + std::to_string(prefix) +
                "; write " + first_address.to_string() + "/" + std::to_string(prefix));
  }
  const Number last{number.high | hosts.high, number.low | hosts.low};
  return AddressRange(first_address, to_address(address->family(), last));
}

std::uint64_t AddressRange::count() const {
  const auto first = to_number(first_);
  const auto last = to_number(last_);
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  const auto beyond = last.low - first.low;  // of 2^64 when the low half wrapped
  const auto high = last.high - first.high - (last.low < first.low ? 1 : 0);
  return high > 0 || beyond == kMost ? kMost : beyond + 1;
}

Address AddressRange::at(std::uint64_t place) const {
  auto number = to_number(first_);
  number.low += place;
  if (number.low < place) ++number.high;
  return to_address(family(), number);
}

std::string AddressRange::to_string() const {
  return first_ == last_ ? first_.to_string() : first_.to_string() + "-" + last_.to_string();
}

}  // namespace isat
