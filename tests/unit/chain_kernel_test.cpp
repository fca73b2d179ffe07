// SPDX-License-Identifier: Apache-2.0
// What is amiss with the program, the map, the fence or the group, and what is named.
#include "tests/unit/chain_fixture.h"

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(ChainTest, NoSpeakerHasRunHere) {
  evidence.speaker.reset();
  evidence.pins = fail("open pins: No such file or directory", ENOENT);
  EXPECT_EQ(cause(), "attached: no speaker has run here: nothing is pinned in /sys/fs/bpf/isat");
  EXPECT_EQ(mend(), "isat run --config isat.yaml");
}

TEST_F(ChainTest, MapsThatCannotBeReadAreNoAnswer) {
  evidence.pins = fail("open pins: Operation not permitted; run as root", EPERM);
  EXPECT_EQ(cause(), "attached: open pins: Operation not permitted; run as root");
}

TEST_F(ChainTest, AnotherProgramHasTheHook) {
  pins().attachments.clear();
  eth0().xdp_occupant = "program 17 (dispatcher)";
  EXPECT_THAT(cause(), HasSubstr("the XDP hook of eth0 is taken by program 17 (dispatcher)"));
  EXPECT_EQ(mend(), "attach: auto");
}

TEST_F(ChainTest, TheSpeakerIsGoneAndTheMapDoesNotHoldIt) {
  evidence.speaker.reset();
  pins().announcements.erase(pins().announcements.begin());
  EXPECT_EQ(cause(), "programmed: no speaker is running, and the map does not hold the address");
}

TEST_F(ChainTest, TheMapIsFull) {
  pins().capacity = 1;
  pins().announcements[0].announcement.key.address = *Address::parse("192.0.2.11");
  EXPECT_EQ(cause(), "programmed: the map is full: 1 of 1 announcements");
  EXPECT_EQ(mend(), "capacity: 2");
}

TEST_F(ChainTest, WhatFailedForTheSpeakerIsSaid) {
  pins().announcements.clear();
  EXPECT_THAT(cause(), HasSubstr("programmed: the speaker has not put it into the map"));
  evidence.speaker_account = SpeakerAccount{"here", {{"192.0.2.10 on eth0", "no memory"}}, {}};
  EXPECT_EQ(cause(), "programmed: no memory");
}

TEST_F(ChainTest, TheMacIsYesterdays) {
  eth0().interface.mac.bytes[5] = 9;
  EXPECT_THAT(cause(), HasSubstr("answers with 02:00:00:00:00:01, but eth0 has 02:00:00:00:00:09"));
}

TEST_F(ChainTest, ARivalAnnouncedItAfterTheDeadline) {
  evidence.now = BootTime(10'000'000'000);
  pins().deadline = BootTime(4'000'000'000);
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre(HasSubstr("passed 6 s ago"), HasSubstr("does not repeat it")));
  pins().announcements[0].yielded = true;
  EXPECT_THAT(cause(), HasSubstr("vouched: the deadline passed and another machine announced"));
  pins().announcements[0].yielded = false;
  evidence.configuration->after_deadline = AfterDeadline::kSilent;
  EXPECT_THAT(cause(), HasSubstr("vouched: the deadline passed 6 s ago, and the policy"));
}

TEST_F(ChainTest, TheGroupIsNotJoined) {
  eth0().groups.clear();
  EXPECT_THAT(cause(kSix), HasSubstr("group joined: eth0 has not joined ff02::1:ff00:10"));
  EXPECT_EQ(cause(kTen), "");
}

}  // namespace
}  // namespace isat
