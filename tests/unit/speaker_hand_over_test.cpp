// SPDX-License-Identifier: Apache-2.0
// An address on its way to a node that comes before this one: who answers until it is there.
#include "tests/unit/speaker_test.h"

namespace isat {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const MacAddress kTheirMac{{2, 0, 0, 0, 9, 9}};
const MacAddress kStranger{{6, 6, 6, 6, 6, 6}};
const Member kHere{"here"};
const Member kThere{"there", {{{"eth0", kTheirMac, true}}}};
// By MetalLB's order "there" comes first for it.
const Address kTheirs = *Address::parse("192.0.2.11");

class SpeakerHandOverTest : public SpeakerTest {
 protected:
  SpeakerHandOverTest() {
    membership.speaks = false;
    membership.word = 4'875ms;
    set(made(1));
  }
  void hold() {
    start_with({owned(kTheirs)});
    members({kHere});
    vouch();
    pass(10s);
    sender.sent.clear();
    ASSERT_TRUE(answered());
  }
  void members(std::vector<Member> all) {
    membership.all = std::move(all);
    membership.listener.members_changed();
  }
  // A renewal came back.
  void vouch() {
    membership.until = boot + BootTime(5s);
    membership.listener.deadline_moved();
  }
  void hear(const MacAddress& mac, InterfaceIndex interface = 1) {
    speaker->report({EVENT_CONFLICT, kTheirs, interface, mac, boot.count()});
  }
  void wait(BootTime time) {
    boot += time;
    pass(time);
  }
  bool answered(InterfaceIndex interface = 1) {
    return plane.entries.contains({kTheirs, interface});
  }
};

TEST_F(SpeakerHandOverTest, AnswersUntilTheNewHolderIsHeard) {
  hold();
  members({kHere, kThere});
  wait(1s);
  EXPECT_TRUE(answered());
  hear(kStranger);
  EXPECT_TRUE(answered());
  hear(kTheirMac);
  EXPECT_FALSE(answered());
}

TEST_F(SpeakerHandOverTest, SaysNothingOfItAndCountsItNoLongerAsHeld) {
  hold();
  pass(70s);
  ASSERT_GT(told(kTheirs), 0);
  ASSERT_THAT(*speaker->holdings(), Contains(testing::Key("default/web")));
  members({kHere, kThere});
  EXPECT_THAT(*speaker->holdings(), IsEmpty());
  sender.sent.clear();
  pass(70s);
  EXPECT_EQ(told(kTheirs), 0);
  EXPECT_TRUE(answered());
}

// It may have claimed the address, and said so, before our own watch told us of it.
TEST_F(SpeakerHandOverTest, TheNewHolderMayBeHeardFirst) {
  hold();
  hear(kTheirMac);
  EXPECT_TRUE(answered());
  members({kHere});
  EXPECT_TRUE(answered());
  wait(2s);
  members({kHere, kThere});
  EXPECT_FALSE(answered());
}

TEST_F(SpeakerHandOverTest, WhatWasHeardLongAgoBelongsToAnEarlierMove) {
  hold();
  hear(kTheirMac);
  wait(4'876ms);
  vouch();
  members({kHere, kThere});
  EXPECT_TRUE(answered());
}

TEST_F(SpeakerHandOverTest, NeverLongerThanWasPromisedBeforeTheMove) {
  hold();
  wait(1s);
  members({kHere, kThere});
  wait(1s);
  vouch();  // for the rest
  members({kHere, kThere, {"far"}});
  wait(2'899ms);  // the map is right in time
  EXPECT_TRUE(answered());
  wait(1ms);
  EXPECT_FALSE(answered());
}

// Or a speaker that dies meanwhile would leave a map behind that answers for too long.
TEST_F(SpeakerHandOverTest, NothingIsPromisedAnewMeanwhile) {
  hold();
  const auto promised = plane.deadline;
  wait(1s);
  members({kHere, kThere});
  vouch();
  pass(60s);
  EXPECT_EQ(plane.deadline, promised);
  hear(kTheirMac);
  EXPECT_EQ(plane.deadline, membership.until);
}

TEST_F(SpeakerHandOverTest, LessIsPromisedAtOnce) {
  hold();
  members({kHere, kThere});
  membership.until = boot;
  membership.listener.deadline_moved();
  EXPECT_EQ(plane.deadline, boot);
}

TEST_F(SpeakerHandOverTest, ANewHolderWhoseInterfacesAreNotKnownIsWhoeverAnnouncesIt) {
  hold();
  members({kHere, {"there"}});
  EXPECT_TRUE(answered());
  hear(made(1).mac);  // our own other interface is nobody
  EXPECT_TRUE(answered());
  hear(kStranger);
  EXPECT_FALSE(answered());
}

TEST_F(SpeakerHandOverTest, HeardOnOneInterfaceItHasItOnAll) {
  set(made(2));
  hold();
  members({kHere, kThere});
  ASSERT_TRUE(answered(1) && answered(2));
  hear(kTheirMac, 2);
  EXPECT_FALSE(answered(1) || answered(2));
}

TEST_F(SpeakerHandOverTest, ComesToNothingWhenTheNewHolderGoes) {
  hold();
  members({kHere, kThere});
  members({kHere});
  EXPECT_TRUE(answered());
  EXPECT_FALSE(speaker->holdings()->empty());
  pass(10s);
  EXPECT_EQ(told(kTheirs), 6);  // for whoever heard the other
  wait(1h);
  EXPECT_TRUE(answered());
}

TEST_F(SpeakerHandOverTest, WhatThisNodeMayNotServeAnyMoreIsWithdrawnAtOnce) {
  hold();
  const auto only_there = std::make_shared<const Candidacy>(Candidacy{{{"there", {}}}, {}});
  members({kHere, kThere});
  ASSERT_TRUE(answered());
  add({{"default/web", kTheirs}, only_there});
  EXPECT_FALSE(answered());
}

TEST_F(SpeakerHandOverTest, WhatNobodyOwnsAnyMoreIsWithdrawnAtOnce) {
  hold();
  members({kHere, kThere});
  ASSERT_TRUE(answered());
  drop({"default/web", kTheirs});
  EXPECT_FALSE(answered());
}

TEST_F(SpeakerHandOverTest, DrainingWaitsForNobody) {
  hold();
  members({kHere, kThere});
  ASSERT_TRUE(answered());
  speaker->drain([] {});
  EXPECT_FALSE(answered());
  wait(1h);
}

TEST_F(SpeakerHandOverTest, IsOverInTimeWithoutAView) {
  hold();
  members({kHere, kThere});
  membership.listener.view_lost();
  ASSERT_TRUE(answered());
  wait(5s);
  EXPECT_FALSE(answered());
}

// A claim of ours that is not in the map is no reason to wait.
TEST_F(SpeakerHandOverTest, OnlyWhatIsAnsweredIsHandedOver) {
  plane.failing = {{kTheirs, 1}};
  start_with({owned(kTheirs)});
  members({kHere});
  vouch();
  members({kHere, kThere});
  plane.failing.clear();
  pass(60s);
  EXPECT_FALSE(answered());
}

}  // namespace
}  // namespace isat
