// SPDX-License-Identifier: Apache-2.0
// Builds gratuitous frames with the responder's own transforms, and sends them.
#include "dataplane/gratuitous.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "bpf/arp.h"
#include "bpf/ndp.h"

namespace isat {
namespace {

// A driver may send a shorter frame as it is, and a virtual network then drops it.
constexpr std::size_t kArpFrameSize = std::size_t{ETHERNET_SIZE} + ETHERNET_PAYLOAD_MIN;
constexpr std::size_t kNdFrameSize = std::size_t{ETHERNET_SIZE} + IPV6_SIZE + ND_ADVERTISEMENT_SIZE;

// RFC 5227 §3: sender and target address are the same; wire.md wants the target hardware address
// broadcast in both forms. The reply form is an answer to everybody about itself.
Frame gratuitous_arp(const Announcement& announcement, __be16 operation) {
  Frame frame(kArpFrameSize);
  unsigned char* arp = frame.data() + ETHERNET_SIZE;
  store16(frame.data() + ETHERNET_TYPE, ETHERTYPE_ARP);
  store32(arp + ARP_HARDWARE, BE32(0x00010800));
  store16(arp + ARP_LENGTHS, BE16(0x0604));
  const __be32 address = load32(announcement.key.address.bytes().data());
  const arp_packet everybody{.operation = ARP_REQUEST,
                             .sender = MAC_BROADCAST,
                             .sender_address = address,
                             .target = address};
  rewrite_arp(frame.data(), frame.data() + frame.size(), ETHERNET_SIZE, &everybody,
              load_mac(announcement.mac.bytes.data()));
  store16(arp + ARP_OPERATION, operation);
  return frame;
}

// RFC 4861 §7.2.6: what a probe for the address would be answered, only that nobody asked.
Frame unsolicited_advertisement(const Announcement& announcement) {
  Frame frame(kNdFrameSize);
  store16(frame.data() + ETHERNET_TYPE, ETHERTYPE_IPV6);
  const auto* target = announcement.key.address.bytes().data();
  copy_ipv6(frame.data() + ETHERNET_SIZE + IPV6_SIZE + ND_TARGET, target);
  const nd_sender nobody{.link_layer = 0, .sum = 2 * checksum_ipv6_address(target)};
  rewrite_nd(frame.data(), ETHERNET_SIZE, &nobody, load_mac(announcement.mac.bytes.data()));
  return frame;
}

}  // namespace

std::vector<Frame> gratuitous_frames(const Announcement& announcement) {
  if (!announcement.key.address.is_v4()) return {unsolicited_advertisement(announcement)};
  return {gratuitous_arp(announcement, ARP_REQUEST), gratuitous_arp(announcement, ARP_REPLY)};
}

Result<std::unique_ptr<PacketSender>> PacketSender::open() {
  // Protocol 0: receives nothing, so that no queue fills up unread.
  FileDescriptor descriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!descriptor.valid()) return fail_errno("open", "packet socket for gratuitous frames");
  return std::unique_ptr<PacketSender>(new PacketSender(std::move(descriptor)));
}

Result<void> PacketSender::send(const Announcement& announcement) {
  for (const auto& frame : gratuitous_frames(announcement)) {
    sockaddr_ll destination{};
    destination.sll_family = AF_PACKET;
    // Filters on the way out go by it; not every driver reads it from the frame.
    destination.sll_protocol = load16(frame.data() + ETHERNET_TYPE);
    destination.sll_ifindex = static_cast<int>(announcement.key.interface);
    if (::sendto(descriptor_.get(), frame.data(), frame.size(), 0,
                 reinterpret_cast<const sockaddr*>(&destination), sizeof(destination)) < 0) {
      return fail_errno("send gratuitous", announcement.key.address.to_string() + " on interface " +
                                               std::to_string(announcement.key.interface));
    }
  }
  return {};
}

}  // namespace isat
