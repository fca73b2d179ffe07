// SPDX-License-Identifier: Apache-2.0
// Asks the link who has an address.
#include "dataplane/probe.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "bpf/arp.h"
#include "bpf/ndp.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/gratuitous.h"

namespace isat {
namespace {

Frame arp_probe(const Interface& interface, const Address& address) {
  Frame frame(std::size_t{ETHERNET_SIZE} + ETHERNET_PAYLOAD_MIN);
  unsigned char* arp = frame.data() + ETHERNET_SIZE;
  const auto ours = load_mac(interface.mac.bytes.data());
  store_mac(frame.data() + ETHERNET_DESTINATION, MAC_BROADCAST);
  store_mac(frame.data() + ETHERNET_SOURCE, ours);
  store16(frame.data() + ETHERNET_TYPE, ETHERTYPE_ARP);
  store32(arp + ARP_HARDWARE, BE32(0x00010800));
  store16(arp + ARP_LENGTHS, BE16(0x0604));
  store16(arp + ARP_OPERATION, ARP_REQUEST);
  store_mac(arp + ARP_SENDER_HARDWARE, ours);
  store32(arp + ARP_TARGET_PROTOCOL, load32(address.bytes().data()));
  return frame;
}

Frame nd_probe(const Interface& interface, const Address& address) {
  Frame frame(std::size_t{ETHERNET_SIZE} + IPV6_SIZE + ND_SIZE);
  const auto group = solicited_node_group(address);
  unsigned char* ipv6 = frame.data() + ETHERNET_SIZE;
  unsigned char* nd = ipv6 + IPV6_SIZE;
  // RFC 2464 §7: 33:33 and the group's last four bytes.
  store16(frame.data() + ETHERNET_DESTINATION, BE16(0x3333));
  store32(frame.data() + ETHERNET_DESTINATION + 2, load32(group.bytes().data() + 12));
  store_mac(frame.data() + ETHERNET_SOURCE, load_mac(interface.mac.bytes.data()));
  store16(frame.data() + ETHERNET_TYPE, ETHERTYPE_IPV6);
  store32(ipv6, BE32(0x60000000));
  store32(ipv6 + IPV6_PAYLOAD_LENGTH, BE32(ND_SIZE << 16 | NEXT_HEADER_ICMPV6 << 8 | 255));
  copy_ipv6(ipv6 + IPV6_DESTINATION, group.bytes().data());
  nd[ND_TYPE] = ND_SOLICITATION;
  copy_ipv6(nd + ND_TARGET, address.bytes().data());
  store16(nd + ND_CHECKSUM,
          checksum_finish(checksum_pseudo_header(ipv6, ND_SIZE) + load32(nd + ND_TYPE) +
                          load32(nd + ND_FLAGS) + checksum_ipv6_address(nd + ND_TARGET)));
  return frame;
}

MacAddress mac_of(mac_t mac) {
  MacAddress made;
  std::memcpy(made.bytes.data(), &mac, made.bytes.size());  // a mac_t lies in memory order
  return made;
}

std::optional<MacAddress> arp_answer(std::span<const std::uint8_t> frame, const Address& address) {
  arp_packet packet{};
  const auto* start = frame.data();
  if (recognise_arp(start, start + frame.size(), ETHERNET_SIZE, &packet) != OUTCOME_ANSWERED ||
      packet.operation != ARP_REPLY || packet.sender_address != load32(address.bytes().data())) {
    return std::nullopt;
  }
  return mac_of(packet.sender);
}

std::optional<MacAddress> nd_answer(std::span<const std::uint8_t> frame, const Address& address) {
  const auto* start = frame.data();
  const auto* ipv6 = start + ETHERNET_SIZE;
  if (frame.size() < std::size_t{ETHERNET_SIZE} + IPV6_SIZE + ND_SIZE ||
      ipv6[IPV6_NEXT_HEADER] != NEXT_HEADER_ICMPV6 || ipv6[IPV6_SIZE] != ND_ADVERTISEMENT) {
    return std::nullopt;
  }
  nd_sender sender{};
  if (recognise_nd(start, start + frame.size(), ipv6, &sender) != OUTCOME_ANSWERED ||
      std::memcmp(ipv6 + IPV6_SIZE + ND_TARGET, address.bytes().data(), 16) != 0) {
    return std::nullopt;
  }
  return mac_of(sender.link_layer);
}

Result<FileDescriptor> open_socket(const Interface& interface, std::uint16_t protocol) {
  FileDescriptor descriptor(
      ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, BE16(protocol)));
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = BE16(protocol);
  here.sll_ifindex = static_cast<int>(interface.index);
  if (!descriptor.valid() ||
      ::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&here), sizeof(here)) != 0) {
    return fail_errno("probe from", interface.name);
  }
  return descriptor;
}

}  // namespace

std::optional<MacAddress> answering_mac(std::span<const std::uint8_t> frame,
                                        const Address& address) {
  if (frame.size() < ETHERNET_SIZE) return std::nullopt;
  const auto type = load16(frame.data() + ETHERNET_TYPE);
  if (address.is_v4()) {
    return type == ETHERTYPE_ARP ? arp_answer(frame, address) : std::nullopt;
  }
  return type == ETHERTYPE_IPV6 ? nd_answer(frame, address) : std::nullopt;
}

Result<std::vector<ProbeAnswer>> probe(const Interface& interface, const Address& address,
                                       std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const auto socket = open_socket(interface, address.is_v4() ? ETH_P_ARP : ETH_P_IPV6);
  if (!socket) return tl::unexpected(socket.error());
  const auto question =
      address.is_v4() ? arp_probe(interface, address) : nd_probe(interface, address);
  const auto sent = Clock::now();
  if (::send(socket->get(), question.data(), question.size(), 0) < 0) {
    return fail_errno("probe from", interface.name);
  }
  std::vector<ProbeAnswer> answers;
  std::array<std::uint8_t, 2048> frame{};
  for (;;) {
    const auto passed = Clock::now() - sent;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience - passed);
    if (left.count() <= 0) return answers;
    pollfd readable{socket->get(), POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(left.count())) <= 0) continue;
    sockaddr_ll from{};
    socklen_t size = sizeof(from);
    const auto length = ::recvfrom(socket->get(), frame.data(), frame.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &size);
    // A packet socket hears what this host sends, too.
    if (length < 0 || from.sll_pkttype == PACKET_OUTGOING) continue;
    const auto mac = answering_mac({frame.data(), static_cast<std::size_t>(length)}, address);
    const auto known = [&](const ProbeAnswer& answer) { return answer.mac == *mac; };
    if (!mac || std::any_of(answers.begin(), answers.end(), known)) continue;
    answers.push_back(
        {*mac, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent)});
  }
}

}  // namespace isat
