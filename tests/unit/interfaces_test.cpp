// SPDX-License-Identifier: Apache-2.0
// Interfaces against the real kernel: every change reaches us, also when news had to be dropped.
#include "dataplane/interfaces.h"

#include <gmock/gmock.h>
#include <poll.h>

#include <chrono>
#include <functional>
#include <string>

#include "tests/network_namespace.h"

namespace isat {
namespace {

using std::chrono::steady_clock;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class InterfacesTest : public NetworkNamespaceTest {
 protected:
  void SetUp() override {
    NetworkNamespaceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    run("ip link add near address 02:00:5e:00:00:01 type veth peer name far");
    open();
  }

  void open(int receive_buffer = Interfaces::kReceiveBuffer) {
    auto opened = Interfaces::open(receive_buffer);
    ASSERT_TRUE(opened) << opened.error().message;
    interfaces_ = std::move(*opened);
  }

  const Interface* find(const std::string& name) const {
    for (const auto& [index, interface] : interfaces_->all()) {
      if (interface.name == name) return &interface;
    }
    return nullptr;
  }

  bool readable(int milliseconds = 0) const {
    pollfd waiting{interfaces_->descriptor(), POLLIN, 0};
    return ::poll(&waiting, 1, milliseconds) == 1;
  }

  std::vector<InterfaceIndex> process() {
    auto changed = interfaces_->process();
    EXPECT_TRUE(changed) << changed.error().message;
    return changed ? *changed : std::vector<InterfaceIndex>{};
  }

  // Carrier comes and goes a moment after its cause; everything else is there at once.
  bool comes_true(const std::function<bool()>& condition) {
    const auto until = steady_clock::now() + std::chrono::seconds(5);
    while (!condition() && steady_clock::now() < until) {
      if (readable(100)) process();
    }
    return condition();
  }

  std::unique_ptr<Interfaces> interfaces_;
};

TEST_F(InterfacesTest, AllAreThereFromTheStart) {
  ASSERT_NE(find("lo"), nullptr);
  const auto* near = find("near");
  ASSERT_NE(near, nullptr);
  EXPECT_EQ(near->index, ::if_nametoindex("near"));
  EXPECT_EQ(near->mac.to_string(), "02:00:5e:00:00:01");
  EXPECT_EQ(near->kind, "veth");
  EXPECT_EQ(near->mtu, 1500U);
  EXPECT_TRUE(near->broadcast);
  EXPECT_FALSE(near->up || near->carrier || near->no_arp || near->promiscuous);
  EXPECT_EQ(near->parent, 0U) << "a peer is not a parent";
  EXPECT_FALSE(find("lo")->broadcast);
  EXPECT_FALSE(readable());
  EXPECT_THAT(process(), IsEmpty());
}

TEST_F(InterfacesTest, AppearsAndVanishes) {
  run("ip link add bridge type bridge");
  const auto index = ::if_nametoindex("bridge");
  EXPECT_TRUE(readable());
  EXPECT_THAT(process(), ElementsAre(index));
  ASSERT_NE(find("bridge"), nullptr);
  EXPECT_EQ(find("bridge")->kind, "bridge");
  run("ip link del bridge");
  EXPECT_THAT(process(), ElementsAre(index));
  EXPECT_EQ(find("bridge"), nullptr);
}

TEST_F(InterfacesTest, RenamedGivenAnotherMacAndMtu) {
  const auto index = ::if_nametoindex("near");
  run("ip link set near name wan");
  EXPECT_THAT(process(), ElementsAre(index));
  ASSERT_NE(find("wan"), nullptr);
  EXPECT_EQ(find("near"), nullptr);
  run("ip link set wan address 02:00:5e:00:00:02");
  EXPECT_THAT(process(), ElementsAre(index));
  EXPECT_EQ(find("wan")->mac.to_string(), "02:00:5e:00:00:02");
  run("ip link set wan mtu 1400 && ip link set wan arp off");
  EXPECT_THAT(process(), ElementsAre(index));
  EXPECT_EQ(find("wan")->mtu, 1400U);
  EXPECT_TRUE(find("wan")->no_arp);
}

TEST_F(InterfacesTest, UpDownAndCarrierByThePeer) {
  run("ip link set near up");
  EXPECT_TRUE(comes_true([&] { return find("near")->up; }));
  EXPECT_FALSE(find("near")->carrier) << "the peer is down";
  run("ip link set far up");
  EXPECT_TRUE(comes_true([&] { return find("near")->carrier; }));
  run("ip link set far down");
  EXPECT_TRUE(comes_true([&] { return !find("near")->carrier; }));
  EXPECT_TRUE(find("near")->up);
  run("ip link set near down");
  EXPECT_TRUE(comes_true([&] { return !find("near")->up; }));
}

TEST_F(InterfacesTest, RecreatedUnderANewIndex) {
  const auto before = ::if_nametoindex("near");
  run("ip link del near && ip link add near type veth peer name far");
  const auto after = ::if_nametoindex("near");
  ASSERT_NE(before, after);
  const auto changed = process();
  EXPECT_THAT(changed, Contains(before));
  EXPECT_THAT(changed, Contains(after));
  EXPECT_FALSE(interfaces_->all().contains(before));
  EXPECT_EQ(find("near")->index, after);
}

TEST_F(InterfacesTest, AwayInAnotherNamespaceAndBack) {
  const auto index = ::if_nametoindex("near");
  run("unshare --net sh -c 'nsenter --net=/proc/$PPID/ns/net ip link set near netns $$ && "
      "ip link set near netns $PPID'");
  EXPECT_EQ(::if_nametoindex("near"), index);
  EXPECT_THAT(process(), Contains(index)) << "it lost its programs and groups meanwhile";
  EXPECT_NE(find("near"), nullptr);
}

TEST_F(InterfacesTest, EnslavedToABridgeAndReleased) {
  run("ip link add bridge type bridge");
  process();
  run("ip link set near master bridge");
  EXPECT_THAT(process(), Contains(::if_nametoindex("near")));
  EXPECT_EQ(find("near")->master, ::if_nametoindex("bridge"));
  EXPECT_TRUE(find("near")->promiscuous) << "a bridge's wish, without IFF_PROMISC";
  // Here the bridge sends an RTM_DELLINK of its own about the port.
  run("ip link set near nomaster");
  EXPECT_THAT(process(), Contains(::if_nametoindex("near")));
  ASSERT_NE(find("near"), nullptr);
  EXPECT_EQ(find("near")->master, 0U);
}

TEST_F(InterfacesTest, Promiscuous) {
  run("ip link set near promisc on");
  EXPECT_THAT(process(), ElementsAre(::if_nametoindex("near")));
  EXPECT_TRUE(find("near")->promiscuous);
  run("ip link set near promisc off");
  process();
  EXPECT_FALSE(find("near")->promiscuous);
}

TEST_F(InterfacesTest, AMacvlanHasItsParent) {
  run("ip link add link near name above type macvlan");
  process();
  ASSERT_NE(find("above"), nullptr);
  EXPECT_EQ(find("above")->parent, ::if_nametoindex("near"));
  EXPECT_EQ(find("above")->kind, "macvlan");
}

TEST_F(InterfacesTest, DroppedNewsMeanAFullPass) {
  open(1);  // the kernel's minimum: one or two messages
  const auto near = ::if_nametoindex("near");
  std::string batch;
  for (int i = 0; i < 50; ++i) {
    batch += "link set near mtu " + std::to_string(1300 + i) + "\n";
  }
  batch += "link add late type bridge\nlink del far\n";
  run("printf '" + batch + "' | ip -batch -");
  const auto late = ::if_nametoindex("late");
  EXPECT_TRUE(readable());
  EXPECT_THAT(process(), testing::IsSupersetOf({near, late}));
  EXPECT_FALSE(interfaces_->all().contains(near));
  EXPECT_NE(find("late"), nullptr);
  EXPECT_FALSE(readable());
  run("ip link del late");
  EXPECT_THAT(process(), ElementsAre(late)) << "and news come through again";
}

TEST_F(InterfacesTest, ItsSubnetsComeAndGo) {
  const auto subnets = [&] {
    std::vector<std::string> texts;
    for (const auto& subnet : find("near")->subnets) texts.push_back(subnet.to_string());
    return texts;
  };
  EXPECT_THAT(subnets(), IsEmpty());
  run("ip address add 192.0.2.1/24 dev near");
  run("ip address add 2001:db8::1/64 dev near nodad");
  EXPECT_THAT(process(), Contains(::if_nametoindex("near")));
  EXPECT_THAT(subnets(), ElementsAre("192.0.2.1/24", "2001:db8::1/64"));
  run("ip link set near up");  // no address of fe80:: is among them
  process();
  open();
  EXPECT_THAT(subnets(), ElementsAre("192.0.2.1/24", "2001:db8::1/64"));
  run("ip address del 192.0.2.1/24 dev near");
  EXPECT_THAT(process(), Contains(::if_nametoindex("near")));
  EXPECT_THAT(subnets(), ElementsAre("2001:db8::1/64"));
  run("ip address add 192.0.2.1 peer 198.51.100.7/31 dev near");
  process();
  EXPECT_THAT(subnets(), Contains("198.51.100.7/31"));
}

}  // namespace
}  // namespace isat
