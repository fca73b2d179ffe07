// SPDX-License-Identifier: Apache-2.0
// /dev/net/tun, with a virtio header before each frame.
#include "tests/kernel/tap.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <string>

namespace isat::test {
namespace {

// struct virtio_net_hdr (virtio 1.2 §5.1.6); linux/virtio_net.h has a member called `class`.
struct VirtioHeader {
  std::uint8_t flags = 0;
  std::uint8_t segmentation = 0;
  std::uint16_t header_length = 0;
  std::uint16_t segment_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
};
static_assert(sizeof(VirtioHeader) == 10);
constexpr std::uint8_t kNeedsChecksum = 1;

// Router solicitations and MLD reports would be read in place of answers.
Result<void> silence(const std::string& name) {
  std::ofstream setting("/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6");
  setting << 1 << std::flush;
  if (!setting) return fail_errno("disable IPv6 on", name);
  return {};
}

Result<InterfaceIndex> set_up(ifreq request) {
  const FileDescriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string name = request.ifr_name;
  // Merging pulls an IPv6 header into the linear part, which a short head is to be without.
  ethtool_value merging{ETHTOOL_SGRO, 0};
  request.ifr_data = reinterpret_cast<char*>(&merging);
  if (::ioctl(control.get(), SIOCETHTOOL, &request) != 0)
    return fail_errno("switch off GRO on", name);
  request.ifr_flags = IFF_UP;
  if (::ioctl(control.get(), SIOCSIFFLAGS, &request) != 0) return fail_errno("set up", name);
  return ::if_nametoindex(name.c_str());
}

}  // namespace

Result<Tap> Tap::create(Path path) {
  // Only what is written without blocking may take the driver's short way, where native XDP runs.
  FileDescriptor device(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!device.valid()) return fail_errno("open", "/dev/net/tun");
  ifreq request{};
  std::strcpy(request.ifr_name, "tap%d");
  const int fragments = path == Path::kFragments ? IFF_NAPI | IFF_NAPI_FRAGS : 0;
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | fragments);
  if (::ioctl(device.get(), TUNSETIFF, &request) != 0) return fail_errno("create", "a tap device");
  if (auto done = silence(request.ifr_name); !done) return tl::unexpected(done.error());
  const auto index = set_up(request);
  if (!index) return tl::unexpected(index.error());
  return Tap(std::move(device), *index);
}

Result<void> Tap::write(const frames::Frame& frame, std::optional<std::size_t> head,
                        std::optional<std::uint16_t> checksum_at) const {
  VirtioHeader header;
  if (checksum_at) {
    header.flags = kNeedsChecksum;
    header.checksum_start = *checksum_at;
  }
  const auto linear = std::min(head.value_or(frame.size()), frame.size());
  auto* bytes = const_cast<std::uint8_t*>(frame.data());  // writev(2) does not write there
  const std::array<iovec, 3> parts = {iovec{&header, sizeof header}, iovec{bytes, linear},
                                      iovec{bytes + linear, frame.size() - linear}};
  const int count = linear == frame.size() ? 2 : 3;
  if (::writev(device_.get(), parts.data(), count) < 0)
    return fail_errno("write", "a frame to the tap");
  return {};
}

std::optional<frames::Frame> Tap::read(std::chrono::milliseconds patience) const {
  pollfd waiting{device_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(patience.count())) != 1) return std::nullopt;
  frames::Frame frame(4096);
  const auto length = ::read(device_.get(), frame.data(), frame.size());
  if (length < static_cast<ssize_t>(sizeof(VirtioHeader))) return std::nullopt;
  frame.resize(static_cast<std::size_t>(length));
  frame.erase(frame.begin(), frame.begin() + sizeof(VirtioHeader));
  return frame;
}

}  // namespace isat::test
