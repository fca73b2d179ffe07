// SPDX-License-Identifier: Apache-2.0
// The speaker and its membership: no claim without a view, no word past the deadline.
#include "tests/unit/speaker_test.h"

namespace isat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const Member kHere{"here"};
const Member kThere{"there"};
// Of "here" and "there", by MetalLB's order.
const Address kOurs = *Address::parse("192.0.2.10");
const Address kTheirs = *Address::parse("192.0.2.11");

class SpeakerFenceTest : public SpeakerTest {
 protected:
  SpeakerFenceTest() {
    membership.speaks = false;
    set(made(1));
  }
  // And the source, if it is asked to, sees all of it anew.
  void become_member(std::vector<Member> members, std::chrono::nanoseconds left = 5s) {
    const auto asked = source.refreshes;
    rejoin(std::move(members), left);
    if (source.refreshes > asked) source.listener.changed({});
  }
  void rejoin(std::vector<Member> members, std::chrono::nanoseconds left = 5s) {
    membership.all = std::move(members);
    membership.until = boot + std::chrono::duration_cast<BootTime>(left);
    membership.listener.members_changed();
    membership.listener.deadline_moved();
  }
  void vouch(std::chrono::nanoseconds left) {
    membership.until = boot + std::chrono::duration_cast<BootTime>(left);
    membership.listener.deadline_moved();
  }
  // Its deadline passes, as its membership notices a moment later.
  void lapse() {
    boot = membership.until + BootTime(1s);
    membership.listener.view_lost();
  }
  // Its hand-overs have taken as long as they may.
  void give_way() {
    boot = membership.until;
    speaker->tick();
  }
  bool answered(const Address& address) { return plane.entries.contains({address, 1}); }
};

TEST_F(SpeakerFenceTest, ClaimsNothingBeforeBothHaveShownTheirView) {
  membership.until = BootTime{1};
  start_with({owned(kOurs)});
  EXPECT_FALSE(answered(kOurs));
  EXPECT_FALSE(speaker->snapshot().ready);
  become_member({kHere, kThere});
  EXPECT_TRUE(answered(kOurs));
  EXPECT_TRUE(speaker->snapshot().ready);
}

TEST_F(SpeakerFenceTest, ClaimsNothingBeforeTheSourceHasShownItsView) {
  membership.until = BootTime{1};
  start();
  EXPECT_FALSE(membership.listener.members_changed) << "nobody is to count on it";
  source.listener.changed({{owned(kOurs)}, {}});
  become_member({kHere});
  EXPECT_TRUE(answered(kOurs));
}

// Nor does it move the deadline of a map that it cannot judge.
TEST_F(SpeakerFenceTest, WhoWasOutOfTouchClaimsNothingBeforeTheSourceWasSeenAnew) {
  start_with({owned(kOurs)});
  become_member({kHere});
  const auto promised = plane.deadline;
  lapse();
  pass(10s);
  EXPECT_EQ(source.refreshes, 0U);
  rejoin({kHere});
  EXPECT_EQ(source.refreshes, 1U);
  EXPECT_EQ(plane.deadline, promised);
  EXPECT_TRUE(answered(kOurs));
}

TEST_F(SpeakerFenceTest, WhoWasGivenUpSaysAgainWhatItHolds) {
  start_with({owned(kOurs)});
  become_member({kHere});
  pass(10s);
  for (const bool given_up : {false, true}) {
    lapse();
    sender.sent.clear();
    membership.given_up = given_up;
    become_member({kHere}, 1h);
    pass(0s);
    EXPECT_EQ(told(kOurs), given_up ? 1 : 0);
  }
}

// Its timers may be due before its membership notices.
TEST_F(SpeakerFenceTest, PastItsDeadlineNothingYieldedIsTakenBack) {
  start_with({owned(kOurs)});
  become_member({kHere});
  boot = membership.until;
  plane.entries.at({kOurs, 1}).yielded = true;
  pass(61s);
  EXPECT_TRUE(plane.entries.at({kOurs, 1}).yielded);
}

TEST_F(SpeakerFenceTest, LeavingForAWhileItKeepsNothingThatItGaveUp) {
  start_with({owned(kOurs), owned(kTheirs)});
  become_member({kHere});
  plane.entries.at({kOurs, 1}).yielded = true;
  speaker->stop([] {});
  EXPECT_THAT(membership.kept, ElementsAre(kTheirs));
}

TEST_F(SpeakerFenceTest, WhatWasAdoptedStaysUntilBothHaveSpoken) {
  plane.entries[{kTheirs, 1}] = {made(1).mac};
  plane.deadline = boot + BootTime(1s);
  membership.until = BootTime{1};
  start_with({owned(kTheirs)});
  EXPECT_TRUE(answered(kTheirs));
  EXPECT_EQ(plane.deadline, boot + BootTime(1s));  // as its predecessor vouched
  become_member({kHere, kThere});
  EXPECT_FALSE(answered(kTheirs));
}

TEST_F(SpeakerFenceTest, WhatWasVouchedForEverIsNotWithADeadline) {
  plane.deadline = BootTime{0};
  membership.until = BootTime{1};
  start();
  EXPECT_EQ(plane.deadline, BootTime{1});
}

TEST_F(SpeakerFenceTest, TheDeadlineMovesAfterTheMapWasMadeRight) {
  start_with({owned(kOurs)});
  membership.all = {kHere};
  membership.listener.members_changed();
  ASSERT_TRUE(answered(kOurs));
  vouch(5s);
  EXPECT_EQ(plane.deadline, membership.until);
}

TEST_F(SpeakerFenceTest, MembersComeAndGo) {
  start_with({owned(kOurs), owned(kTheirs)});
  become_member({kHere});
  EXPECT_TRUE(answered(kOurs) && answered(kTheirs));
  become_member({kHere, kThere});
  give_way();
  EXPECT_TRUE(answered(kOurs) && !answered(kTheirs));
  become_member({kHere});
  EXPECT_TRUE(answered(kTheirs));
}

TEST_F(SpeakerFenceTest, ALapsedNodeAnswersOnButClaimsAndSaysNothing) {
  start_with({owned(kOurs)});
  become_member({kHere});
  lapse();
  sender.sent.clear();
  add(owned(kTheirs, {}, "default/new"));
  pass(120s);
  EXPECT_TRUE(answered(kOurs));
  EXPECT_FALSE(answered(kTheirs));
  EXPECT_THAT(sender.sent, IsEmpty());
  EXPECT_TRUE(speaker->snapshot().ready);
  EXPECT_THAT(logged(), HasSubstr("is answered until somebody else announces it"));
  become_member({kHere});
  EXPECT_TRUE(answered(kTheirs));
  pass(61s);
  EXPECT_GT(told(kOurs), 0);
}

// Before the membership notices: a process that was stopped finds its timers due all at once.
TEST_F(SpeakerFenceTest, NothingGratuitousIsSentPastTheDeadline) {
  start_with({owned(kOurs)});
  become_member({kHere});
  boot = membership.until;
  sender.sent.clear();
  pass(10s);
  EXPECT_THAT(sender.sent, IsEmpty());
}

// Whoever held it and sees nothing any more obeys no announcement before its deadline.
TEST_F(SpeakerFenceTest, SaysItOnceMoreWhenEveryOtherDeadlineHasPassed) {
  membership.word = 4'875ms;
  start_with({owned(kOurs)});
  become_member({kHere}, 1h);
  pass(4'800ms);
  EXPECT_EQ(told(kOurs), 5);
  pass(75ms);
  EXPECT_EQ(told(kOurs), 6);
}

TEST_F(SpeakerFenceTest, WhatADeadSpeakerLeftUnsaidTheNextOneSays) {
  membership.word = 1'950ms;
  start_with({owned(kOurs)});
  become_member({kHere}, 1h);
  pass(1s);
  EXPECT_EQ(told(kOurs), 1);
  start_with({owned(kOurs)});
  sender.sent.clear();
  become_member({kHere}, 1h);
  pass(1'950ms);
  EXPECT_EQ(told(kOurs), 3) << "at once, a round, and the last word";
  pass(4s);
  EXPECT_EQ(told(kOurs), 6);
  start_with({owned(kOurs)});
  sender.sent.clear();
  become_member({kHere}, 1h);
  pass(10s);
  EXPECT_LE(told(kOurs), 1) << "all was said: no more than the refresh that is due";
}

TEST_F(SpeakerFenceTest, WhatIsDueWhileItMayNotSpeakIsSaidLater) {
  membership.word = 1'950ms;
  start_with({owned(kOurs)});
  become_member({kHere}, 1s);
  pass(1s);
  EXPECT_EQ(told(kOurs), 1);
  lapse();
  pass(30s);
  EXPECT_EQ(told(kOurs), 1);
  become_member({kHere}, 1h);
  pass(0s);
  EXPECT_EQ(told(kOurs), 2) << "the last word, long due";
}

TEST_F(SpeakerFenceTest, LeavingForAWhileItSaysWhatItKeeps) {
  start_with({owned(kOurs), owned(kTheirs)});
  become_member({kHere, kThere});
  speaker->stop([] {});
  EXPECT_THAT(membership.kept, ElementsAre(kOurs));
}

TEST_F(SpeakerFenceTest, WhatItYieldedMeanwhileIsClaimedAgainWithTheView) {
  start_with({owned(kOurs)});
  become_member({kHere});
  lapse();
  plane.entries.at({kOurs, 1}).yielded = true;
  pass(61s);
  EXPECT_TRUE(plane.entries.at({kOurs, 1}).yielded);  // no full pass takes it back
  become_member({kHere});
  EXPECT_FALSE(plane.entries.at({kOurs, 1}).yielded);
}

TEST_F(SpeakerFenceTest, ALapsedNodeWhoseCarrierIsBackWithdrawsFirst) {
  start_with({owned(kOurs)});
  become_member({kHere});
  auto unplugged = made(1);
  unplugged.carrier = false;
  lapse();
  set(unplugged);
  EXPECT_TRUE(answered(kOurs));
  set(made(1));
  EXPECT_FALSE(answered(kOurs));
  become_member({kHere});
  EXPECT_TRUE(answered(kOurs));
}

TEST_F(SpeakerFenceTest, ACarrierThatIsBackInTimeIsToldAgain) {
  start_with({owned(kOurs)});
  become_member({kHere}, 1h);
  pass(10s);
  auto unplugged = made(1);
  unplugged.carrier = false;
  set(unplugged);
  sender.sent.clear();
  set(made(1));
  EXPECT_TRUE(answered(kOurs));
  pass(1s);
  EXPECT_EQ(told(kOurs), 1);
}

TEST_F(SpeakerFenceTest, PublishesTheInterfacesItServesAndTheirNews) {
  set(made(2));
  auto foreign = made(3);
  foreign.name = "wlan0";
  set(foreign);
  start();
  const auto published = [](const Interface& interface) {
    return MemberInterface{interface.name, interface.mac, interface.carrier};
  };
  EXPECT_THAT(membership.published, ElementsAre(published(made(1)), published(made(2))));
  auto unplugged = made(2);
  unplugged.carrier = false;
  set(unplugged);
  EXPECT_THAT(membership.published, ElementsAre(published(made(1)), published(unplugged)));
  remove(1);
  EXPECT_THAT(membership.published, ElementsAre(published(unplugged)));
}

TEST_F(SpeakerFenceTest, PublishesItsSubnetsOnlyIfItIsToBeJudgedByThem) {
  auto interface = made(1);
  interface.subnets = {*Subnet::parse("192.0.2.7/24"), *Subnet::parse("192.0.2.8/24")};
  set(interface);
  start();
  EXPECT_EQ(membership.published.front().subnets, std::nullopt);
  configuration.kubernetes.match_subnet = true;
  start();
  EXPECT_EQ(membership.published.front().subnets, std::set<Subnet>{*Subnet::parse("192.0.2.0/24")});
  interface.subnets.clear();
  set(interface);
  EXPECT_EQ(membership.published.front().subnets, std::set<Subnet>{});
  for (std::uint8_t i = 0; i < 17; ++i) interface.subnets.insert({Address::v4({10, i, 0, 1}), 16});
  set(interface);
  EXPECT_EQ(membership.published.front().subnets, std::nullopt);  // too many to say
}

TEST_F(SpeakerFenceTest, TellsAPeerFromARival) {
  const MacAddress theirs{{2, 0, 0, 0, 9, 9}};
  start_with({});
  become_member({kHere, {"there", {{{"eth0", theirs, true}}}}});
  speaker->report({EVENT_CONFLICT, kOurs, 1, theirs, 0});
  EXPECT_THAT(logged(), HasSubstr("192.0.2.10 on eth1: our peer there announces it too"));
  EXPECT_THAT(logged(), testing::Not(HasSubstr("claims it too")));
  speaker->report({EVENT_CONFLICT, kOurs, 1, {{6, 6, 6, 6, 6, 6}}, 0});
  EXPECT_THAT(logged(), HasSubstr("06:06:06:06:06:06 claims it too"));
}

TEST_F(SpeakerFenceTest, TroubleIsAFailureWhileItLasts) {
  start_with({});
  membership.listener.troubled("the Lease of node here is held by another speaker, x");
  EXPECT_THAT(speaker->snapshot().failures,
              ElementsAre(testing::Pair("membership", HasSubstr("held by another"))));
  membership.listener.troubled("");
  EXPECT_THAT(speaker->snapshot().failures, IsEmpty());
}

TEST_F(SpeakerFenceTest, DrainingWithdrawsThenLeavesAndClaimsNothing) {
  start_with({owned(kOurs)});
  become_member({kHere});
  bool drained = false;
  speaker->drain([&] {
    EXPECT_FALSE(answered(kOurs));
    drained = true;
  });
  EXPECT_FALSE(answered(kOurs));
  EXPECT_THAT(membership.departures, ElementsAre(Membership::Leave::kForGood));
  EXPECT_FALSE(drained);
  membership.left();
  EXPECT_TRUE(drained);
  add(owned(kTheirs));
  pass(61s);
  EXPECT_THAT(plane.entries, IsEmpty());
  speaker->undrain();
  EXPECT_THAT(plane.entries, IsEmpty());
  become_member({kHere});
  EXPECT_TRUE(answered(kOurs) && answered(kTheirs));
}

TEST_F(SpeakerFenceTest, DrainedFromTheStartItWithdrawsWhatItAdopted) {
  plane.entries[{kOurs, 1}] = {made(1).mac};
  start();
  speaker->drain([] {});
  source.listener.changed({{owned(kOurs)}, {}});
  EXPECT_FALSE(answered(kOurs));
  EXPECT_TRUE(speaker->snapshot().ready);
}

}  // namespace
}  // namespace isat
