// SPDX-License-Identifier: Apache-2.0
// A small packet language: frames from designated initialisers, then bent out of shape step by
// step. Written from the RFCs, not from bpf/: it must not share a mistake with what it tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/address.h"

namespace isat::frames {

using Frame = std::vector<std::uint8_t>;

[[nodiscard]] MacAddress mac(const char* text);  // aborts on nonsense: a test's literal
[[nodiscard]] Address address(const char* text);

// Who is who in every row. Documentation ranges (RFC 5737, RFC 3849), locally administered MACs.
inline const MacAddress kOurs = mac("02:00:5e:00:00:01");
inline const MacAddress kClient = mac("02:00:5e:00:00:0c");
inline const MacAddress kRival = mac("02:00:5e:00:00:66");
inline const MacAddress kBroadcast = mac("ff:ff:ff:ff:ff:ff");
inline const MacAddress kZero = mac("00:00:00:00:00:00");
inline const MacAddress kAllNodesMac = mac("33:33:00:00:00:01");
inline const Address kTarget4 = address("192.0.2.10");     // announced on the interface
inline const Address kAnother4 = address("192.0.2.150");   // announced there too
inline const Address kElsewhere4 = address("192.0.2.20");  // announced on another interface
inline const Address kStranger4 = address("192.0.2.99");   // announced nowhere
inline const Address kClient4 = address("192.0.2.200");
inline const Address kTarget6 = address("2001:db8::10");
inline const Address kElsewhere6 = address("2001:db8::20");
inline const Address kStranger6 = address("2001:db8::99");
inline const Address kClient6 = address("2001:db8::c");
inline const Address kAny6 = address("::");
inline const Address kAllNodes = address("ff02::1");

struct Arp {
  MacAddress destination = kBroadcast;
  std::optional<MacAddress> source;  // Ethernet; absent = sender_mac
  std::uint16_t operation = 1;
  MacAddress sender_mac = kClient;
  Address sender = kClient4;
  MacAddress target_mac = kZero;
  Address target = kTarget4;
  std::uint16_t hardware = 1;
  std::uint16_t protocol = 0x0800;
  std::uint8_t hardware_length = 6;
  std::uint8_t protocol_length = 4;
};
[[nodiscard]] Frame arp(const Arp& fields = {});  // 42 bytes

struct Option {
  std::uint8_t type = 1;
  std::vector<std::uint8_t> body;      // after type and length
  std::optional<std::uint8_t> length;  // in units of eight; absent = what the body fills
};
[[nodiscard]] Option source_link_layer(const MacAddress& mac);
[[nodiscard]] Option target_link_layer(const MacAddress& mac);
[[nodiscard]] Option nonce();  // RFC 3971 §5.3.2, six bytes

// A neighbour solicitation or advertisement, or with another type any ICMPv6 message of that shape.
struct Nd {
  std::optional<MacAddress> destination;  // absent = as the IPv6 destination asks (or kOurs)
  MacAddress source = kClient;
  std::uint8_t type = 135;
  std::uint8_t code = 0;
  std::uint32_t flags = 0;
  std::uint8_t hop_limit = 255;
  std::uint32_t version_class_flow = 0x60000000;
  Address from = kClient6;
  std::optional<Address> to;  // absent = the target's solicited-node group
  Address target = kTarget6;
  std::vector<Option> options = {source_link_layer(kClient)};
  std::vector<std::uint8_t> extension;  // header bytes before ICMPv6
  std::uint8_t next_header = 58;        // in the IPv6 header
};
[[nodiscard]] Frame nd(const Nd& fields = {});  // checksum right for what is in it

// The rival tells everybody that the target is its own.
[[nodiscard]] Arp rival_announcement();
[[nodiscard]] Nd rival_advertisement();

// Expected answers.
[[nodiscard]] Frame arp_reply(const MacAddress& to, const Address& to_address,
                              const Address& announced);
[[nodiscard]] Frame advertisement(const MacAddress& to, const Address& to_address,
                                  const Address& target);
[[nodiscard]] Frame advertisement_to_all(const Address& target);  // to a DAD probe

// Steps that bend a frame; each returns the new one.
[[nodiscard]] Frame truncated(Frame frame, std::size_t length);
[[nodiscard]] Frame padded(Frame frame, std::size_t length, std::uint8_t fill = 0);
[[nodiscard]] Frame with_byte(Frame frame, std::size_t offset, std::uint8_t value);
[[nodiscard]] Frame with_source(Frame frame, const MacAddress& source);  // Ethernet
[[nodiscard]] Frame tagged(Frame frame, std::uint16_t tci, std::uint16_t type = 0x8100);
[[nodiscard]] Frame with_payload_length(Frame frame,
                                        std::uint16_t length);  // IPv6, checksum mended

// An IPv4 TCP segment: what most traffic is.
[[nodiscard]] Frame tcp();

[[nodiscard]] std::string hex(const Frame& frame);
// Empty when equal; else both as hex dumps with the first difference marked.
[[nodiscard]] std::string difference(const Frame& expected, const Frame& actual);

}  // namespace isat::frames
