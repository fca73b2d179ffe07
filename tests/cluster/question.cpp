// SPDX-License-Identifier: Apache-2.0
// Numbers in protocol addresses: 23 bits of an IPv4 address, 32 of an IPv6 one.
#include "tests/cluster/question.h"

#include <algorithm>
#include <array>

namespace isat {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint32_t kMask4 = 0x7fffff;
constexpr std::uint32_t kPrefix4 = 0x0a800000;
constexpr std::uint32_t kMask6 = 0xffffffff;
constexpr std::array<std::uint8_t, 12> kPrefix6 = {0xfd, 0x69, 0x73, 0x61, 0x74};

std::uint32_t read32(Bytes bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

template <typename Iterator>
void write32(Iterator to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) *to++ = static_cast<std::uint8_t>(value >> shift);
}

Address sender4(std::uint32_t number) {
  std::array<std::uint8_t, 4> bytes{};
  write32(bytes.begin(), kPrefix4 | (number & kMask4));
  return Address::v4(bytes);
}

Address sender6(std::uint32_t number) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy(kPrefix6.begin(), kPrefix6.end(), bytes.begin());
  write32(bytes.begin() + 12, number);
  return Address::v6(bytes);
}

template <std::size_t size>
std::array<std::uint8_t, size> copy(Bytes bytes) {
  std::array<std::uint8_t, size> out{};
  std::copy_n(bytes.begin(), size, out.begin());
  return out;
}

bool equal(Bytes one, Bytes other) {
  return std::ranges::equal(one, other);
}

// RFC 826. A request about its own sender and a reply to no single host are announcements.
std::optional<Heard> hear_arp(Bytes frame) {
  if (frame.size() < 42) return {};
  const auto sender = frame.subspan(28, 4);
  const auto target = frame.subspan(38, 4);
  Heard heard{Address::v4(copy<4>(sender)), {copy<6>(frame.subspan(22))}, {}, kMask4};
  if (equal(sender, target)) return heard;
  const auto asker = read32(target);
  if (frame[21] != 2 || (asker & ~kMask4) != kPrefix4) return {};
  heard.number = asker & kMask4;
  return heard;
}

// RFC 4861 §4.4: an advertisement without option claims the address it was sent from.
std::optional<Heard> hear_advertisement(Bytes frame) {
  if (frame.size() < 78 || frame[20] != 58 || frame[54] != 136) return {};
  const bool option = frame.size() >= 86 && frame[78] == 2 && frame[79] == 1;
  Heard heard{Address::v6(copy<16>(frame.subspan(62))),
              {copy<6>(frame.subspan(option ? 80 : 6))},
              {},
              kMask6};
  const auto destination = frame.subspan(38, 16);
  if (destination[0] == 0xff) return heard;
  if (!equal(destination.first(kPrefix6.size()), kPrefix6)) return {};
  heard.number = read32(destination.subspan(12));
  return heard;
}

}  // namespace

frames::Frame question(const Address& target, const MacAddress& client, std::uint32_t number) {
  if (target.is_v4()) {
    return frames::padded(
        frames::arp({.sender_mac = client, .sender = sender4(number), .target = target}), 60);
  }
  return frames::nd({.source = client,
                     .from = sender6(number),
                     .target = target,
                     .options = {frames::source_link_layer(client)}});
}

std::optional<Heard> hear(std::span<const std::uint8_t> frame) {
  if (frame.size() < 14) return {};
  if (frame[12] == 0x08 && frame[13] == 0x06) return hear_arp(frame);
  if (frame[12] == 0x86 && frame[13] == 0xdd) return hear_advertisement(frame);
  return {};
}

std::uint32_t full_number(const Heard& heard, std::uint32_t latest) {
  // Back from the latest by as many as its low bits are ahead.
  return latest - ((latest - *heard.number) & heard.mask);
}

}  // namespace isat
