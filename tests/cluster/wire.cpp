// SPDX-License-Identifier: Apache-2.0
// A packet socket, read by the batch.
#include "tests/cluster/wire.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace isat {
namespace {

// A reader without the CPU for some seconds must not lose what it counts.
constexpr int kReceiveBuffer = 64 << 20;

Result<void> set(int descriptor, int level, int option, int value, const char* what) {
  if (::setsockopt(descriptor, level, option, &value, sizeof(value)) == 0) return {};
  return fail_errno("set", what);
}

}  // namespace

Result<Wire> Wire::open(const std::string& interface) {
  // Protocol 0: nothing is received before the socket is bound to its interface.
  FileDescriptor descriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!descriptor.valid()) return fail_errno("open packet socket on", interface);
  if (auto done = set(descriptor.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "ignore outgoing");
      !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = set(descriptor.get(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer, "buffer");
      !done) {
    return tl::unexpected(done.error());
  }
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(descriptor.get(), SIOCGIFHWADDR, &request) != 0) {
    return fail_errno("read MAC address of", interface);
  }
  MacAddress mac;
  std::copy_n(reinterpret_cast<const std::uint8_t*>(request.ifr_hwaddr.sa_data), mac.bytes.size(),
              mac.bytes.begin());
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return fail_errno("bind to", interface);
  }
  return Wire(std::move(descriptor), mac, interface);
}

Result<void> Wire::send(std::span<const std::uint8_t> frame) {
  if (::send(descriptor_.get(), frame.data(), frame.size(), 0) >= 0) return {};
  return fail_errno("send on", interface_);
}

Result<std::size_t> Wire::receive(const std::function<void(std::span<const std::uint8_t>)>& take) {
  std::array<mmsghdr, kBatch> messages{};
  std::array<iovec, kBatch> parts{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    parts[i] = {(*buffer_)[i].data(), kFrameMax};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int count = ::recvmmsg(descriptor_.get(), messages.data(), kBatch, 0, nullptr);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return fail_errno("receive on", interface_);
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    take({(*buffer_)[i].data(), messages[i].msg_len});
  }
  return static_cast<std::size_t>(count);
}

Result<std::uint32_t> Wire::dropped() {
  tpacket_stats statistics{};
  socklen_t size = sizeof(statistics);
  if (::getsockopt(descriptor_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) != 0) {
    return fail_errno("read the drops on", interface_);
  }
  return statistics.tp_drops;
}

}  // namespace isat
