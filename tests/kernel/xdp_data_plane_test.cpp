// SPDX-License-Identifier: Apache-2.0
// The data plane against the real kernel: maps, pins, adoption, replacement, hooks.
#include "dataplane/xdp_data_plane.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <optional>

#include "dataplane/foreign_programs.h"
#include "tests/kernel/kernel_test.h"
#include "tests/kernel/lab.h"
#include "tests/kernel/running_kernel.h"

namespace isat {
namespace {

using frames::kTarget4;
using frames::kTarget6;

class XdpDataPlaneTest : public test::KernelTest {
 protected:
  void SetUp() override {
    ISAT_REQUIRE(::geteuid() == 0, "a network namespace needs root");
    lab_.emplace();
    KernelTest::SetUp();
  }
  std::unique_ptr<XdpDataPlane> open(std::uint32_t capacity = 64) {
    auto plane = XdpDataPlane::open({lab_->pin(), capacity, {}});
    EXPECT_TRUE(plane) << plane.error().message;
    return plane ? std::move(*plane) : nullptr;
  }
  Announcement target4() { return {{kTarget4, lab_->near().index}, lab_->near().mac}; }
  bool pinned(const std::string& name) { return std::filesystem::exists(lab_->pin() + "/" + name); }

  std::optional<test::Lab> lab_;
};

TEST_F(XdpDataPlaneTest, AnnounceAndWithdrawAreIdempotent) {
  auto plane = open();
  ASSERT_TRUE(plane->announce(target4()));
  ASSERT_TRUE(plane->announce(target4()));
  ASSERT_TRUE(plane->announce({{kTarget6, 7}, lab_->near().mac}));
  const auto all = plane->announcements();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].announcement, target4());
  EXPECT_EQ((*all)[1].announcement.key.address, kTarget6);
  ASSERT_TRUE(plane->withdraw(target4().key));
  ASSERT_TRUE(plane->withdraw(target4().key));
  EXPECT_EQ(plane->announcements()->size(), 1U);
}

TEST_F(XdpDataPlaneTest, AFullMapIsAnErrorThatNamesTheCapacity) {
  auto plane = open(2);
  const auto mac = lab_->near().mac;
  ASSERT_TRUE(plane->announce({{frames::address("192.0.2.1"), 7}, mac}));
  ASSERT_TRUE(plane->announce({{frames::address("192.0.2.2"), 7}, mac}));
  const auto full = plane->announce({{frames::address("192.0.2.3"), 7}, mac});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ENOSPC);
  EXPECT_NE(full.error().message.find("192.0.2.3 on interface 7"), std::string::npos);
  EXPECT_NE(full.error().message.find("capacity"), std::string::npos);
  EXPECT_TRUE(plane->announce({{kTarget6, 7}, mac})) << "the other family has room";
  ASSERT_TRUE(plane->withdraw({frames::address("192.0.2.1"), 7}));
  EXPECT_TRUE(plane->announce({{frames::address("192.0.2.3"), 7}, mac})) << "room again";
}

TEST_F(XdpDataPlaneTest, CountsStayWithTheAnnouncement) {
  auto plane = open();
  ASSERT_TRUE(plane->attach(lab_->near(), AttachMode::kAuto));
  ASSERT_TRUE(plane->announce(target4()));
  EXPECT_TRUE(lab_->answers(frames::arp()));
  EXPECT_EQ(plane->announcements()->front().answered, 1U);
  auto moved = target4();
  moved.mac = frames::kRival;
  ASSERT_TRUE(plane->announce(moved));
  EXPECT_EQ(plane->announcements()->front().answered, 1U) << "a new MAC keeps the history";
  ASSERT_TRUE(plane->withdraw(moved.key));
  ASSERT_TRUE(plane->announce(moved));
  EXPECT_EQ(plane->announcements()->front().answered, 0U) << "a new announcement begins at zero";
  const auto outcomes = plane->outcomes();
  ASSERT_EQ(outcomes->size(), 1U);
  EXPECT_EQ((*outcomes)[0].name, "near");
  EXPECT_EQ((*outcomes)[0].counts[FAMILY_ARP][OUTCOME_ANSWERED], 1U);
}

TEST_F(XdpDataPlaneTest, ASecondSpeakerIsRefused) {
  auto plane = open();
  const auto second = XdpDataPlane::open({lab_->pin(), 64, {}});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another isat speaker"), std::string::npos);
  EXPECT_TRUE(PinDirectory::is_locked(lab_->pin()));
  plane.reset();
  EXPECT_FALSE(PinDirectory::is_locked(lab_->pin()));
}

TEST_F(XdpDataPlaneTest, AnswersWithoutASpeakerAndIsAdopted) {
  auto plane = open();
  const auto before = plane->attach(lab_->near(), AttachMode::kAuto);
  ASSERT_TRUE(before);
  ASSERT_TRUE(plane->announce(target4()));
  plane.reset();
  EXPECT_TRUE(lab_->answers(frames::arp()));

  plane = open();
  ASSERT_EQ(plane->attachments().size(), 1U);
  EXPECT_EQ(plane->announcements()->size(), 1U);
  EXPECT_TRUE(lab_->answers(frames::arp()));
  const auto after = plane->attach(lab_->near(), AttachMode::kAuto);
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->slot, before->slot);
  EXPECT_TRUE(lab_->answers(frames::arp()));
  EXPECT_EQ((*plane->outcomes())[0].counts[FAMILY_ARP][OUTCOME_ANSWERED], 3U) << "counted on";
}

TEST_F(XdpDataPlaneTest, AnotherLayoutAnswersUntilTheCommit) {
  auto plane = open(64);
  ASSERT_TRUE(plane->attach(lab_->near(), AttachMode::kAuto));
  ASSERT_TRUE(plane->announce(target4()));
  plane.reset();

  plane = open(128);
  EXPECT_TRUE(pinned("next"));
  ASSERT_TRUE(plane->attach(lab_->near(), AttachMode::kAuto));
  EXPECT_TRUE(lab_->answers(frames::arp())) << "from the old maps";
  ASSERT_TRUE(plane->announce(target4()));
  const auto committed = plane->commit();
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_FALSE(pinned("next"));
  EXPECT_TRUE(lab_->answers(frames::arp())) << "from the new maps";
  ASSERT_TRUE(plane->withdraw(target4().key));
  EXPECT_FALSE(lab_->answers(frames::arp())) << "nobody asks the old maps any more";
  ASSERT_TRUE(plane->commit()) << "again is nothing";
  plane.reset();
  EXPECT_FALSE(pinned("next"));
  plane = open(128);
  EXPECT_EQ(plane->attachments().size(), 1U);
}

TEST_F(XdpDataPlaneTest, ADeathBeforeTheCommitLeavesTheOldMapsAnswering) {
  auto plane = open(64);
  ASSERT_TRUE(plane->attach(lab_->near(), AttachMode::kAuto));
  ASSERT_TRUE(plane->announce(target4()));
  plane = nullptr;
  plane = open(128);
  plane = nullptr;
  EXPECT_TRUE(lab_->answers(frames::arp()));
  plane = open(64);
  EXPECT_FALSE(pinned("next"));
  EXPECT_EQ(plane->announcements()->size(), 1U);
}

TEST_F(XdpDataPlaneTest, ALinkOfAVanishedInterfaceIsClearedAway) {
  auto plane = open();
  const auto old = lab_->near();
  ASSERT_TRUE(plane->attach(old, AttachMode::kAuto));
  plane.reset();
  lab_->run(
      "ip link del near && ip link add near index 99 type veth peer name far2 && ip link set near "
      "up");
  EXPECT_TRUE(pinned(test::tc_pin(old.index)));
  plane = open();
  EXPECT_TRUE(plane->attachments().empty());
  EXPECT_FALSE(pinned(test::tc_pin(old.index)));
  const auto again = plane->attach(lab_->near(), AttachMode::kAuto);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->interface, 99U);
}

TEST_F(XdpDataPlaneTest, EveryModeAnswers) {
  auto plane = open();
  ASSERT_TRUE(plane->announce(target4()));
  // A pass program on the peer, without which veth loses what XDP sends.
  const auto maps = ResponderMaps::create(1);
  ASSERT_TRUE(maps);
  const auto pass = ResponderObject::load_program(Hook::kXdp, {}, *maps);
  ASSERT_TRUE(pass);
  auto peer_pins = PinDirectory::lock(lab_->pin() + "-peer");
  ASSERT_TRUE(peer_pins);
  auto peer =
      LinkAttachment::attach(*pass, lab_->interface("far").index, AttachMode::kNative, *peer_pins);
  ASSERT_TRUE(peer) << peer.error().message;
  for (const auto mode :
       {AttachMode::kNative, AttachMode::kGeneric, AttachMode::kTc, AttachMode::kNative}) {
    const auto attached = plane->attach(lab_->near(), mode);
    ASSERT_TRUE(attached) << mode_name(mode) << ": " << attached.error().message;
    EXPECT_EQ(attached->mode, mode);
    EXPECT_EQ(plane->attachments().size(), 1U);
    EXPECT_TRUE(lab_->answers(frames::arp())) << mode_name(mode);
    EXPECT_EQ(pinned("xdp_" + std::to_string(lab_->near().index)), mode != AttachMode::kTc);
    EXPECT_EQ(pinned(test::tc_pin(lab_->near().index)), mode == AttachMode::kTc);
  }
  ASSERT_TRUE(plane->detach(lab_->near().index));
  ASSERT_TRUE(plane->detach(lab_->near().index));
  EXPECT_FALSE(lab_->answers(frames::arp()));
  EXPECT_TRUE((*peer)->remove());
  std::filesystem::remove_all(lab_->pin() + "-peer");
}

TEST_F(XdpDataPlaneTest, AStrangerOnTheXdpHookIsNotDisplaced) {
  const auto maps = ResponderMaps::create(1);
  const auto strange = ResponderObject::load_program(Hook::kXdp, {}, *maps);
  auto pins = PinDirectory::lock(lab_->pin() + "-stranger");
  ASSERT_TRUE(pins);
  auto interface = lab_->near();
  interface.kind = "";  // as hardware: `auto` tries native first
  auto stranger = LinkAttachment::attach(*strange, interface.index, AttachMode::kNative, *pins);
  ASSERT_TRUE(stranger);
  auto plane = open();
  const auto attached = plane->attach(interface, AttachMode::kAuto);
  ASSERT_TRUE(attached) << attached.error().message;
  EXPECT_EQ(attached->mode, AttachMode::kTc);
  EXPECT_NE(attached->reason.find("the XDP hook is held by program "), std::string::npos)
      << attached->reason;
  const auto refused = plane->attach(interface, AttachMode::kNative);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("held by program"), std::string::npos);
  EXPECT_TRUE((*stranger)->alive());
  ASSERT_TRUE((*stranger)->remove());
  std::filesystem::remove_all(lab_->pin() + "-stranger");
}

TEST_F(XdpDataPlaneTest, ClsactFilterWhereTcxIsMissing) {
  auto pins = PinDirectory::lock(lab_->pin());
  ASSERT_TRUE(pins);
  auto maps = ResponderMaps::create(4);
  auto announced = AnnouncedMaps::take_over(*maps);
  ASSERT_TRUE(announced->announce(target4()));
  const auto interface = lab_->near().index;
  const auto program =
      ResponderObject::load_program(Hook::kTc, {interface, 0, false, false}, *maps);
  auto filter = FilterAttachment::attach(*program, interface, *pins);
  ASSERT_TRUE(filter) << filter.error().message;
  EXPECT_TRUE((*filter)->owns_qdisc());
  EXPECT_TRUE((*filter)->alive());
  EXPECT_TRUE(lab_->answers(frames::arp()));
  const auto next = ResponderObject::load_program(Hook::kTc, {interface, 1, false, false}, *maps);
  const auto replaced = (*filter)->replace(*next);
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_TRUE((*filter)->alive());
  EXPECT_TRUE(lab_->answers(frames::arp()));
  FilterAttachment adopted(interface, true, *pins);
  EXPECT_TRUE(adopted.alive());
  ASSERT_TRUE(adopted.remove());
  ASSERT_TRUE(adopted.remove());
  EXPECT_FALSE(lab_->answers(frames::arp()));
  EXPECT_FALSE(pinned("tc_" + std::to_string(interface)));
}

TEST_F(XdpDataPlaneTest, ClsactIsRemovedOnlyWhenOursAndEmpty) {
  auto pins = PinDirectory::lock(lab_->pin());
  auto maps = ResponderMaps::create(4);
  const auto interface = lab_->near().index;
  const auto program =
      ResponderObject::load_program(Hook::kTc, {interface, 0, false, false}, *maps);
  const auto has_clsact = [&] {
    return std::system("tc qdisc show dev near | grep -q clsact") == 0;
  };

  auto ours = FilterAttachment::attach(*program, interface, *pins);
  ASSERT_TRUE((*ours)->remove());
  EXPECT_FALSE(has_clsact()) << "ours and empty";

  ours = FilterAttachment::attach(*program, interface, *pins);
  lab_->run("tc filter add dev near egress protocol all prio 9 u32 match u32 0 0 flowid 1:1");
  ASSERT_TRUE((*ours)->remove());
  EXPECT_TRUE(has_clsact()) << "somebody else's filter is under it";
  lab_->run("tc qdisc del dev near clsact && tc qdisc add dev near clsact");
  ours = FilterAttachment::attach(*program, interface, *pins);
  EXPECT_FALSE((*ours)->owns_qdisc());
  ASSERT_TRUE((*ours)->remove());
  EXPECT_TRUE(has_clsact()) << "somebody else's qdisc";
}

TEST_F(XdpDataPlaneTest, StrangersAtTcAreNamed) {
  lab_->run("tc qdisc add dev near clsact");
  lab_->run("tc filter add dev near ingress protocol all prio 1 handle 0x1 bpf da obj " +
            std::string(ISAT_STRANGER) + " sec tc");
  lab_->run("tc filter add dev near ingress protocol all prio 9 u32 match u32 0 0 flowid 1:1");
  const auto interface = lab_->near().index;
  const auto all = ahead_at_tc(interface, 0);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 3U) << "u32 lists its hash table too";
  EXPECT_NE(all->front().find("filter 0x1 at priority 1 (stranger.bpf.o"), std::string::npos)
      << all->front();

  auto pins = PinDirectory::lock(lab_->pin());
  auto maps = ResponderMaps::create(4);
  const auto program =
      ResponderObject::load_program(Hook::kTc, {interface, 0, false, false}, *maps);
  auto ours = FilterAttachment::attach(*program, interface, *pins);
  ASSERT_TRUE(ours) << ours.error().message;
  const auto id = *(*ours)->program_id();
  EXPECT_TRUE(ahead_at_tc(interface, id)->empty()) << "of one priority the newest comes first";
  lab_->run("tc filter add dev near ingress protocol all prio 1 handle 0x2 bpf da obj " +
            std::string(ISAT_STRANGER) + " sec drop");
  const auto ahead = ahead_at_tc(interface, id);
  ASSERT_EQ(ahead->size(), 1U);
  EXPECT_NE(ahead->front().find("filter 0x2 at priority 1"), std::string::npos) << ahead->front();
  ASSERT_TRUE((*ours)->remove());

  if (!test::kernel_has_tcx()) return;
  auto link = LinkAttachment::attach(*program, interface, AttachMode::kTc, *pins);
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_TRUE(ahead_at_tc(interface, *(*link)->program_id())->empty()) << "tcx comes before clsact";
  ASSERT_TRUE((*link)->remove());
}

TEST_F(XdpDataPlaneTest, NoBpfFileSystem) {
  const auto plane = XdpDataPlane::open({"/tmp/isat-no-bpffs", 64, {}});
  ASSERT_FALSE(plane);
  EXPECT_NE(plane.error().message.find("mount -t bpf"), std::string::npos) << plane.error().message;
  EXPECT_FALSE(std::filesystem::exists("/tmp/isat-no-bpffs"));
}

}  // namespace
}  // namespace isat
