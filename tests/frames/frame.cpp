// SPDX-License-Identifier: Apache-2.0
// Builds frames byte by byte, from the RFCs' pictures.
#include "tests/frames/frame.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace isat::frames {
namespace {

void put16(Frame& frame, std::uint32_t value) {
  frame.push_back(static_cast<std::uint8_t>(value >> 8));
  frame.push_back(static_cast<std::uint8_t>(value));
}

void put32(Frame& frame, std::uint32_t value) {
  put16(frame, value >> 16);
  put16(frame, value & 0xffff);
}

template <typename Range>
void put(Frame& frame, const Range& bytes) {
  frame.insert(frame.end(), bytes.begin(), bytes.end());
}

// RFC 1071 in its plainest form: big-endian words, one at a time.
std::uint16_t internet_checksum(const Frame& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<std::uint32_t>(bytes[i] << 8) + (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void set_icmpv6_checksum(Frame& frame, std::size_t icmp, const Address& from, const Address& to) {
  Frame summed;
  put(summed, from.bytes());
  put(summed, to.bytes());
  put32(summed, static_cast<std::uint32_t>(frame.size() - icmp));
  put32(summed, 58);
  frame[icmp + 2] = frame[icmp + 3] = 0;
  summed.insert(summed.end(), frame.begin() + static_cast<std::ptrdiff_t>(icmp), frame.end());
  const auto checksum = internet_checksum(summed);
  frame[icmp + 2] = static_cast<std::uint8_t>(checksum >> 8);
  frame[icmp + 3] = static_cast<std::uint8_t>(checksum);
}

// RFC 2464 §7 for a group; otherwise the node we ask is ours.
MacAddress mac_for(const Address& to) {
  const auto b = to.bytes();
  if (b[0] != 0xff) return kOurs;
  return MacAddress{{0x33, 0x33, b[12], b[13], b[14], b[15]}};
}

}  // namespace

MacAddress mac(const char* text) {
  const auto parsed = MacAddress::parse(text);
  if (!parsed) std::abort();
  return *parsed;
}

Address address(const char* text) {
  const auto parsed = Address::parse(text);
  if (!parsed) std::abort();
  return *parsed;
}

Frame arp(const Arp& fields) {
  Frame frame;
  put(frame, fields.destination.bytes);
  put(frame, fields.source.value_or(fields.sender_mac).bytes);
  put16(frame, 0x0806);
  put16(frame, fields.hardware);
  put16(frame, fields.protocol);
  frame.push_back(fields.hardware_length);
  frame.push_back(fields.protocol_length);
  put16(frame, fields.operation);
  put(frame, fields.sender_mac.bytes);
  put(frame, fields.sender.bytes());
  put(frame, fields.target_mac.bytes);
  put(frame, fields.target.bytes());
  return frame;
}

Option source_link_layer(const MacAddress& mac) {
  return {1, {mac.bytes.begin(), mac.bytes.end()}, {}};
}
Option target_link_layer(const MacAddress& mac) {
  return {2, {mac.bytes.begin(), mac.bytes.end()}, {}};
}
Option nonce() {
  return {14, {1, 2, 3, 4, 5, 6}, {}};
}

Frame nd(const Nd& fields) {
  const Address to = fields.to.value_or(solicited_node_group(fields.target));
  Frame message;
  message.push_back(fields.type);
  message.push_back(fields.code);
  put16(message, 0);
  put32(message, fields.flags);
  put(message, fields.target.bytes());
  for (const auto& option : fields.options) {
    message.push_back(option.type);
    message.push_back(
        option.length.value_or(static_cast<std::uint8_t>((option.body.size() + 2) / 8)));
    put(message, option.body);
  }

  Frame frame;
  put(frame, fields.destination.value_or(mac_for(to)).bytes);
  put(frame, fields.source.bytes);
  put16(frame, 0x86dd);
  put32(frame, fields.version_class_flow);
  put16(frame, static_cast<std::uint32_t>(fields.extension.size() + message.size()));
  frame.push_back(fields.next_header);
  frame.push_back(fields.hop_limit);
  put(frame, fields.from.bytes());
  put(frame, to.bytes());
  put(frame, fields.extension);
  const std::size_t icmp = frame.size();
  put(frame, message);
  set_icmpv6_checksum(frame, icmp, fields.from, to);
  return frame;
}

Arp rival_announcement() {
  return {.sender_mac = kRival, .sender = kTarget4, .target_mac = kBroadcast};
}

Nd rival_advertisement() {
  return {.destination = kAllNodesMac,
          .source = kRival,
          .type = 136,
          .flags = 0x20000000,
          .from = kTarget6,
          .to = kAllNodes,
          .options = {target_link_layer(kRival)}};
}

Frame arp_reply(const MacAddress& to, const Address& to_address, const Address& announced) {
  return arp({.destination = to,
              .operation = 2,
              .sender_mac = kOurs,
              .sender = announced,
              .target_mac = to,
              .target = to_address});
}

Frame advertisement(const MacAddress& to, const Address& to_address, const Address& target) {
  return nd({.destination = to,
             .source = kOurs,
             .type = 136,
             .flags = 0x60000000,
             .from = target,
             .to = to_address,
             .target = target,
             .options = {target_link_layer(kOurs)}});
}

Frame advertisement_to_all(const Address& target) {
  return nd({.destination = kAllNodesMac,
             .source = kOurs,
             .type = 136,
             .flags = 0x20000000,
             .from = target,
             .to = kAllNodes,
             .target = target,
             .options = {target_link_layer(kOurs)}});
}

Frame truncated(Frame frame, std::size_t length) {
  frame.resize(std::min(length, frame.size()));
  return frame;
}

Frame padded(Frame frame, std::size_t length, std::uint8_t fill) {
  frame.resize(length, fill);
  return frame;
}

Frame with_byte(Frame frame, std::size_t offset, std::uint8_t value) {
  frame.at(offset) = value;
  return frame;
}

Frame with_source(Frame frame, const MacAddress& source) {
  std::copy(source.bytes.begin(), source.bytes.end(), frame.begin() + 6);
  return frame;
}

Frame tagged(Frame frame, std::uint16_t tci, std::uint16_t type) {
  Frame tag;
  put16(tag, type);
  put16(tag, tci);
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  return frame;
}

Frame with_payload_length(Frame frame, std::uint16_t length) {
  frame.at(18) = static_cast<std::uint8_t>(length >> 8);
  frame.at(19) = static_cast<std::uint8_t>(length);
  return frame;
}

Frame tcp() {
  Frame frame;
  put(frame, kOurs.bytes);
  put(frame, kClient.bytes);
  put16(frame, 0x0800);
  put(frame, Frame{0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0});
  put(frame, kClient4.bytes());
  put(frame, kTarget4.bytes());
  frame.resize(60, 0);
  return frame;
}

std::string hex(const Frame& frame) {
  std::string text;
  for (const auto byte : frame) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string difference(const Frame& expected, const Frame& actual) {
  if (expected == actual) return {};
  const auto [e, a] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  return "first difference at byte " + std::to_string(e - expected.begin()) + "\n  expected (" +
         std::to_string(expected.size()) + "): " + hex(expected) + "\n  actual   (" +
         std::to_string(actual.size()) + "): " + hex(actual) +
         "\n  to look at one: python3 -c \"from scapy.all import *; Ether(bytes.fromhex('" +
         hex(actual) + "')).show()\"";
}

}  // namespace isat::frames
