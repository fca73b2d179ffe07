// SPDX-License-Identifier: Apache-2.0
// Makes the namespace, the veth pair and the raw socket on its far end.
#include "tests/kernel/lab.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace isat::test {
namespace {

void require(bool condition, const std::string& what) {
  if (condition) return;
  std::perror(("lab: " + what).c_str());
  std::abort();
}

}  // namespace

Lab::Lab() : pin_("/sys/fs/bpf/isat-test-" + std::to_string(::getpid())) {
  // A process enters one namespace; a further Lab in it begins with the interfaces cleared away.
  static const bool entered = ::unshare(CLONE_NEWNET) == 0;
  require(entered, "new network namespace");
  run("for i in near far2; do ip link delete $i 2>/dev/null || true; done");
  run("ip link add near address 02:00:5e:00:00:01 type veth peer name far address "
      "02:00:5e:00:00:0c");
  run("ip link set near up && ip link set far up");
  open_far();
}

Lab::~Lab() {
  // A test that failed may leave pins; what they hold goes with them.
  std::error_code ignored;
  std::filesystem::remove_all(pin_, ignored);
}

void Lab::run(const std::string& command) {
  require(std::system(command.c_str()) == 0, command);  // NOLINT: the commands are the test's own
}

Interface Lab::interface(const std::string& name) {
  Interface found;
  found.index = ::if_nametoindex(name.c_str());
  found.name = name;
  found.up = found.carrier = found.broadcast = true;
  found.kind = "veth";
  std::string address;
  // /sys shows the namespace it was mounted in; the address comes over ip(8) instead.
  FILE* output = ::popen(("ip -br link show " + name + " | awk '{print $3}'").c_str(), "r");
  char line[64] = {};
  if (std::fgets(line, sizeof line, output) != nullptr) address = std::string(line, 17);
  ::pclose(output);
  found.mac = frames::mac(address.c_str());
  return found;
}

void Lab::open_far() {
  far_ = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  require(far_.valid(), "packet socket");
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  where.sll_ifindex = static_cast<int>(::if_nametoindex("far"));
  require(::bind(far_.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) == 0,
          "bind to far");
}

void Lab::send(const frames::Frame& frame) {
  require(::send(far_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()),
          "send");
}

std::optional<frames::Frame> Lab::receive(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd waiting{far_.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) != 1)
      return std::nullopt;
    frames::Frame frame(2048);
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const auto length = ::recvfrom(far_.get(), frame.data(), frame.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &size);
    if (length <= 0 || from.sll_pkttype == PACKET_OUTGOING) continue;
    frame.resize(static_cast<std::size_t>(length));
    return frame;
  }
}

bool Lab::answers(const frames::Frame& request) {
  send(request);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < until) {
    const auto frame = receive(std::chrono::milliseconds(100));
    // The kernel's own chatter (MLD, router solicitations) passes by.
    if (frame && frame->size() >= 42 && (*frame)[12] == 0x08 && (*frame)[13] == 0x06 &&
        (*frame)[21] == 2) {
      return true;
    }
  }
  return false;
}

}  // namespace isat::test
