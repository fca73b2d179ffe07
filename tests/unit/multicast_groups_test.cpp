// SPDX-License-Identifier: Apache-2.0
// Group memberships: counted, paced and sharded over sockets that the test makes fail, then for
// real.
#include "dataplane/multicast_groups.h"

#include <gmock/gmock.h>

#include <sstream>
#include <string>

#include "tests/frames/frame.h"
#include "tests/network_namespace.h"

namespace isat {
namespace {

using frames::address;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The kernel as the sockets see it, with its bad manners: a membership outlives its interface, and
// a socket refuses what it already holds.
struct FakeKernel {
  std::vector<std::set<MulticastGroup>> sockets;  // by number of opening; closed ones are empty
  std::size_t open = 0;
  std::size_t calls = 0;
  std::size_t room = 1000;          // joins a socket takes before ENOMEM
  std::set<InterfaceIndex> absent;  // joins fail with ENODEV

  [[nodiscard]] std::size_t joined() const {
    std::size_t count = 0;
    for (const auto& socket : sockets) count += socket.size();
    return count;
  }
};

class FakeSocket final : public GroupSocket {
 public:
  explicit FakeSocket(FakeKernel& kernel) : kernel_(kernel), number_(kernel.sockets.size()) {
    kernel_.sockets.emplace_back();
    ++kernel_.open;
  }
  FakeSocket(const FakeSocket&) = delete;
  FakeSocket& operator=(const FakeSocket&) = delete;
  ~FakeSocket() override {
    kernel_.sockets[number_].clear();
    --kernel_.open;
  }

  Result<void> join(const MulticastGroup& group) override {
    ++kernel_.calls;
    auto& held = kernel_.sockets[number_];
    if (kernel_.absent.contains(group.interface)) return fail("join: no device", ENODEV);
    if (held.contains(group)) return fail("join: held already", EADDRINUSE);
    if (held.size() >= kernel_.room) return fail("join: no memory", ENOMEM);
    held.insert(group);
    return {};
  }
  void leave(const MulticastGroup& group) override {
    ++kernel_.calls;
    kernel_.sockets[number_].erase(group);
  }

 private:
  FakeKernel& kernel_;
  std::size_t number_;
};

AnnouncementKey numbered(unsigned number, InterfaceIndex interface = 3) {
  const auto high = static_cast<std::uint8_t>(number >> 8);
  return {Address::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high,
                       static_cast<std::uint8_t>(number)}),
          interface};
}

class MulticastGroupsTest : public testing::Test {
 protected:
  void finish() {
    while (groups_.work(1000)) {
    }
  }

  FakeKernel kernel_;
  MulticastGroups groups_{[this]() -> Result<std::unique_ptr<GroupSocket>> {
    return std::make_unique<FakeSocket>(kernel_);
  }};
};

TEST_F(MulticastGroupsTest, NothingHappensBeforeWork) {
  groups_.join(numbered(1));
  EXPECT_EQ(kernel_.calls, 0U);
  EXPECT_EQ(groups_.counts().wanted, 1U);
  EXPECT_EQ(groups_.counts().joined, 0U);
  EXPECT_FALSE(groups_.work(10));
  EXPECT_THAT(kernel_.sockets,
              ElementsAre(ElementsAre(MulticastGroup{3, address("ff02::1:ff00:1")})));
  EXPECT_EQ(groups_.counts().joined, 1U);
}

TEST_F(MulticastGroupsTest, NoMoreThanTheBudgetAtOnce) {
  for (unsigned i = 0; i < 10; ++i) groups_.join(numbered(i));
  EXPECT_TRUE(groups_.work(4));
  EXPECT_EQ(kernel_.calls, 4U);
  EXPECT_TRUE(groups_.work(4));
  EXPECT_FALSE(groups_.work(4));
  EXPECT_EQ(kernel_.joined(), 10U);
  for (unsigned i = 0; i < 10; ++i) groups_.leave(numbered(i));
  kernel_.calls = 0;
  EXPECT_TRUE(groups_.work(9));
  EXPECT_EQ(kernel_.calls, 9U);
  EXPECT_FALSE(groups_.work(9));
  EXPECT_EQ(kernel_.joined(), 0U);
  EXPECT_EQ(kernel_.open, 0U) << "an empty socket is closed";
}

TEST_F(MulticastGroupsTest, AddressesWithEqualEndsShareAGroup) {
  const AnnouncementKey first{address("2001:db8:1::1:5"), 3};
  const AnnouncementKey second{address("2001:db8:2::1:5"), 3};
  const AnnouncementKey elsewhere{address("2001:db8:1::1:5"), 4};
  for (const auto& key : {first, second, first, elsewhere}) groups_.join(key);
  finish();
  EXPECT_EQ(kernel_.calls, 2U) << "one for each interface";
  groups_.leave(first);
  finish();
  EXPECT_EQ(kernel_.joined(), 2U)
      << "the other address still wants it, and joining twice counts once";
  groups_.leave(second);
  finish();
  EXPECT_EQ(kernel_.joined(), 1U);
  groups_.leave(second);
  groups_.leave(numbered(77));
  finish();
  EXPECT_EQ(kernel_.joined(), 1U) << "leaving what was not joined is nothing";
}

TEST_F(MulticastGroupsTest, ASharedGroupSurvivesOneLeaveBeforeItIsJoined) {
  groups_.join({address("2001:db8:1::1:5"), 3});
  groups_.join({address("2001:db8:2::1:5"), 3});
  groups_.leave({address("2001:db8:1::1:5"), 3});
  finish();
  EXPECT_EQ(kernel_.joined(), 1U);
}

TEST_F(MulticastGroupsTest, Ipv4NeedsNone) {
  groups_.join({frames::kTarget4, 3});
  groups_.leave({frames::kTarget4, 3});
  finish();
  EXPECT_EQ(kernel_.calls, 0U);
  EXPECT_EQ(groups_.counts().wanted, 0U);
}

TEST_F(MulticastGroupsTest, AChangeOfMindCostsNothing) {
  groups_.join(numbered(1));
  groups_.leave(numbered(1));
  finish();
  EXPECT_EQ(kernel_.calls, 0U);
  groups_.join(numbered(1));
  finish();
  kernel_.calls = 0;
  groups_.leave(numbered(1));
  groups_.join(numbered(1));
  finish();
  EXPECT_EQ(kernel_.calls, 0U);
  EXPECT_EQ(kernel_.joined(), 1U);
}

TEST_F(MulticastGroupsTest, ShardsOverSockets) {
  for (unsigned i = 0; i < 600; ++i) groups_.join(numbered(i));
  finish();
  EXPECT_EQ(kernel_.joined(), 600U);
  EXPECT_EQ(kernel_.open, 3U);
  for (const auto& socket : kernel_.sockets) EXPECT_LE(socket.size(), 256U);
  for (unsigned i = 0; i < 300; ++i) groups_.leave(numbered(i));
  finish();
  for (unsigned i = 600; i < 900; ++i) groups_.join(numbered(i));
  finish();
  EXPECT_EQ(kernel_.joined(), 600U);
  EXPECT_EQ(kernel_.open, 3U) << "room that came free is used";
}

TEST_F(MulticastGroupsTest, ASocketWithoutMemoryIsFollowedByTheNext) {
  kernel_.room = 100;
  for (unsigned i = 0; i < 250; ++i) groups_.join(numbered(i));
  finish();
  EXPECT_EQ(kernel_.joined(), 250U);
  EXPECT_EQ(kernel_.open, 3U);
  EXPECT_EQ(kernel_.calls, 252U) << "a full socket is not asked again and again";
  EXPECT_EQ(groups_.counts().failed, 0U);
  for (unsigned i = 0; i < 50; ++i) groups_.leave(numbered(i));
  finish();
  for (unsigned i = 250; i < 350; ++i) groups_.join(numbered(i));
  finish();
  EXPECT_EQ(kernel_.joined(), 300U);
  EXPECT_EQ(kernel_.open, 3U) << "what left made room";
}

TEST_F(MulticastGroupsTest, NoMemoryAtAllIsAFailureNotALoop) {
  kernel_.room = 0;
  groups_.join(numbered(1));
  EXPECT_FALSE(groups_.work(10));
  EXPECT_EQ(groups_.counts().failed, 1U);
  EXPECT_EQ(groups_.failures().at(0).code, ENOMEM);
}

TEST_F(MulticastGroupsTest, AFailureIsRememberedAndTriedAgain) {
  kernel_.absent = {3};
  groups_.join(numbered(1));
  groups_.join(numbered(2, 4));
  EXPECT_FALSE(groups_.work(10));
  EXPECT_EQ(groups_.counts().wanted, 2U);
  EXPECT_EQ(groups_.counts().joined, 1U);
  EXPECT_EQ(groups_.counts().failed, 1U);
  EXPECT_EQ(groups_.failures().at(0).code, ENODEV);
  EXPECT_FALSE(groups_.work(10)) << "still absent, and no reason to hurry";
  kernel_.absent.clear();
  EXPECT_FALSE(groups_.work(10));
  EXPECT_EQ(groups_.counts().joined, 2U);
  EXPECT_EQ(groups_.counts().failed, 0U);
  EXPECT_THAT(groups_.failures(), IsEmpty());
}

TEST_F(MulticastGroupsTest, AFailedOneThatIsNoLongerWantedIsForgotten) {
  kernel_.absent = {3};
  groups_.join(numbered(1));
  finish();
  groups_.leave(numbered(1));
  finish();
  EXPECT_EQ(groups_.counts().wanted, 0U);
  EXPECT_EQ(groups_.counts().failed, 0U);
}

TEST_F(MulticastGroupsTest, AnInterfaceThatCameBackIsJoinedAnew) {
  for (unsigned i = 0; i < 10; ++i) groups_.join(numbered(i, 3));
  groups_.join(numbered(1, 4));
  finish();
  kernel_.calls = 0;
  groups_.rejoin(3);
  EXPECT_TRUE(groups_.work(5)) << "paced like the rest";
  EXPECT_EQ(kernel_.calls, 5U);
  finish();
  EXPECT_EQ(kernel_.calls, 20U) << "a leave and a join each, and interface 4 left alone";
  EXPECT_EQ(kernel_.joined(), 11U);
  EXPECT_EQ(groups_.counts().failed, 0U);
}

class KernelGroupsTest : public NetworkNamespaceTest {
 protected:
  void SetUp() override {
    NetworkNamespaceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make_interface();
  }

  static void make_interface() {
    // A MAC of our choice: the group of an address made from another might count as a joined one.
    run("ip link add near address 02:00:00:00:00:01 index 77 type veth peer name far");
    run("ip link set near up && ip link set far up");
  }

  // Solicited-node groups that a socket joined on "near"; not those of its own addresses.
  static std::size_t in_kernel() {
    std::istringstream lines(output_of("ip -6 maddr show dev near"));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.find("ff02::1:ffaa:") != std::string::npos) ++count;
    }
    return count;
  }

  static AnnouncementKey key(unsigned number) {
    auto key = numbered(number, 77);
    std::array<std::uint8_t, 16> bytes{};
    std::copy(key.address.bytes().begin(), key.address.bytes().end(), bytes.begin());
    bytes[13] = 0xaa;
    key.address = Address::v6(bytes);
    return key;
  }

  void finish() {
    while (groups_.work(200)) {
    }
    for (const auto& failure : groups_.failures()) ADD_FAILURE() << failure.message;
  }

  MulticastGroups groups_;
};

TEST_F(KernelGroupsTest, JoinsAndLeavesAThousand) {
  for (unsigned i = 0; i < 1000; ++i) groups_.join(key(i));
  finish();
  EXPECT_EQ(in_kernel(), 1000U);
  EXPECT_EQ(groups_.counts().joined, 1000U);
  for (unsigned i = 0; i < 999; ++i) groups_.leave(key(i));
  finish();
  EXPECT_EQ(in_kernel(), 1U);
}

TEST_F(KernelGroupsTest, MembershipsEndWithTheirOwner) {
  {
    MulticastGroups owner;
    owner.join(key(1));
    EXPECT_FALSE(owner.work(1));
    EXPECT_EQ(in_kernel(), 1U);
  }
  EXPECT_EQ(in_kernel(), 0U);
}

TEST_F(KernelGroupsTest, RejoinsAnInterfaceMadeAnewUnderItsOldIndex) {
  groups_.join(key(1));
  finish();
  run("ip link del near");
  make_interface();
  EXPECT_EQ(in_kernel(), 0U);
  groups_.rejoin(77);
  finish();
  EXPECT_EQ(in_kernel(), 1U);
}

TEST_F(KernelGroupsTest, AnInterfaceThatComesLate) {
  run("ip link del near");
  groups_.join(key(1));
  EXPECT_FALSE(groups_.work(10));
  ASSERT_EQ(groups_.failures().size(), 1U);
  EXPECT_EQ(groups_.failures().at(0).code, ENODEV);
  EXPECT_EQ(groups_.failures().at(0).message,
            "join ff02::1:ffaa:1 on interface 77: No such device");
  make_interface();
  finish();
  EXPECT_EQ(in_kernel(), 1U);
  run("ip link del near");
  groups_.leave(key(1));
  finish();
  EXPECT_EQ(groups_.counts().wanted, 0U);
}

// What the joins are for: a snooping bridge learns from the MLD report where to send solicitations.
TEST_F(KernelGroupsTest, ASnoopingBridgeLearnsTheGroup) {
  run("ip link add bridge type bridge mcast_snooping 1 && ip link set bridge up");
  run("ip link set far master bridge");
  const auto snooped = [] { return output_of("bridge mdb show dev bridge"); };
  EXPECT_THAT(snooped(), Not(HasSubstr("ff02::1:ffaa:1")));
  groups_.join(key(1));
  finish();
  std::string table;
  for (int attempt = 0; attempt < 100; ++attempt) {
    table = snooped();
    if (table.find("ff02::1:ffaa:1") != std::string::npos) break;
    ::usleep(100'000);
  }
  EXPECT_THAT(table, HasSubstr("port far grp ff02::1:ffaa:1"));
}

}  // namespace
}  // namespace isat
