// SPDX-License-Identifier: Apache-2.0
// Gratuitous frames against bytes made by scapy, and on a wire whose other end is a Linux
// neighbour.
#include "dataplane/gratuitous.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdio>
#include <string>

#include "tests/frames/frame.h"
#include "tests/network_namespace.h"

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// scapy 2.5:
// m = '02:00:5e:00:00:01'; b = 'ff:ff:ff:ff:ff:ff'; a = '192.0.2.10'
// for op in (1, 2): (Ether(src=m, dst=b) / ARP(op=op, hwsrc=m, psrc=a, hwdst=b, pdst=a) /
//                    Padding(bytes(18))).build().hex()
constexpr const char* kArpRequest =
    "ffffffffffff02005e00000108060001080006040001"
    "02005e000001c000020affffffffffffc000020a"
    "000000000000000000000000000000000000";
constexpr const char* kArpReply =
    "ffffffffffff02005e00000108060001080006040002"
    "02005e000001c000020affffffffffffc000020a"
    "000000000000000000000000000000000000";
// t = '2001:db8::10'
// (Ether(src=m, dst='33:33:00:00:00:01') / IPv6(src=t, dst='ff02::1', hlim=255) /
//  ICMPv6ND_NA(R=0, S=0, O=1, tgt=t) / ICMPv6NDOptDstLLAddr(lladdr=m)).build().hex()
constexpr const char* kAdvertisement =
    "33330000000102005e00000186dd6000000000203aff20010db8000000000000000000000010"
    "ff02000000000000000000000000000188009b0c20000000"
    "20010db80000000000000000000000100201"
    "02005e000001";

std::string hex(const Frame& frame) {
  std::string text;
  for (const auto byte : frame) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", byte);
    text += digits.data();
  }
  return text;
}

std::vector<std::string> frames_for(const Address& address) {
  std::vector<std::string> all;
  for (const auto& frame : gratuitous_frames({{address, 3}, frames::kOurs})) {
    all.push_back(hex(frame));
  }
  return all;
}

TEST(Gratuitous, RequestFormThenReplyForm) {
  EXPECT_THAT(frames_for(frames::kTarget4), ElementsAre(kArpRequest, kArpReply));
}

TEST(Gratuitous, UnsolicitedAdvertisement) {
  EXPECT_THAT(frames_for(frames::kTarget6), ElementsAre(kAdvertisement));
}

class PacketSenderTest : public NetworkNamespaceTest {
 protected:
  void SetUp() override {
    NetworkNamespaceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    run("ip link add near address 02:00:5e:00:00:01 type veth peer name far");
    run("ip link set near up && ip link set far up");
    wait_until_running("near");
    near_ = ::if_nametoindex("near");
    auto opened = PacketSender::open();
    ASSERT_TRUE(opened) << opened.error().message;
    sender_ = std::move(*opened);
  }

  // Carrier shows before the kernel has set the queue up; what is sent in between is lost,
  // silently.
  static void wait_until_running(const std::string& name) {
    for (int attempt = 0; attempt < 100; ++attempt) {
      if (output_of("ip link show " + name).find("state UP") != std::string::npos) return;
      ::usleep(20'000);
    }
    FAIL() << name << " did not come up";
  }

  // What arrives on "far"; none of what "far" sends itself.
  static FileDescriptor listen(std::uint16_t protocol) {
    FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_protocol = htons(protocol);
    where.sll_ifindex = static_cast<int>(::if_nametoindex("far"));
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where)), 0);
    const timeval patience{2, 0};
    EXPECT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    return socket;
  }

  static std::string receive(const FileDescriptor& socket) {
    Frame frame(2048);
    const auto length = ::recv(socket.get(), frame.data(), frame.size(), 0);
    frame.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return hex(frame);
  }

  std::unique_ptr<PacketSender> sender_;
  InterfaceIndex near_ = 0;
};

TEST_F(PacketSenderTest, FramesArriveAsBuilt) {
  const auto arp = listen(ETH_P_ARP);
  ASSERT_TRUE(sender_->send({{frames::kTarget4, near_}, frames::kOurs}));
  EXPECT_EQ(receive(arp), kArpRequest);
  EXPECT_EQ(receive(arp), kArpReply);
}

TEST_F(PacketSenderTest, AnAdvertisementIsSentAsIpv6) {
  const auto ipv6 = listen(ETH_P_IPV6);
  ASSERT_TRUE(sender_->send({{frames::kTarget6, near_}, frames::kOurs}));
  std::string frame;
  do {  // the kernel's own MLD reports pass by
    frame = receive(ipv6);
  } while (!frame.empty() && frame.substr(0, 12) != "333300000001");
  EXPECT_EQ(frame, kAdvertisement);
}

// The point of it all: a neighbour that knows the old holder turns to the new one.
TEST_F(PacketSenderTest, ALinuxNeighbourBelievesThem) {
  run("ip address add 192.0.2.200/24 dev far");  // without one it hears no ARP
  for (const auto& address : {frames::kTarget4, frames::kTarget6}) {
    const auto text = address.to_string();
    run("ip neigh add " + text + " lladdr 02:00:5e:00:00:66 nud reachable dev far");
    ASSERT_TRUE(sender_->send({{address, near_}, frames::kOurs}));
    std::string entry;
    for (int attempt = 0; attempt < 20; ++attempt) {
      entry = output_of("ip neigh show " + text + " dev far");
      if (entry.find("02:00:5e:00:00:01") != std::string::npos) break;
      ::usleep(50'000);
    }
    EXPECT_THAT(entry, HasSubstr("lladdr 02:00:5e:00:00:01"));
  }
}

TEST_F(PacketSenderTest, AnErrorNamesAddressInterfaceAndCause) {
  const auto gone = sender_->send({{frames::kTarget4, 4242}, frames::kOurs});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ENXIO);
  EXPECT_EQ(gone.error().message,
            "send gratuitous 192.0.2.10 on interface 4242: No such device or address");
  run("ip link set near down");
  const auto down = sender_->send({{frames::kTarget6, near_}, frames::kOurs});
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, ENETDOWN);
}

}  // namespace
}  // namespace isat
