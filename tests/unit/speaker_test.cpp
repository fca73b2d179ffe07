// SPDX-License-Identifier: Apache-2.0
// The speaker among fakes: what it does when assignments, interfaces, configuration or time move
// on.
#include "control/speaker.h"

#include "tests/unit/speaker_test.h"

namespace isat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using namespace std::chrono_literals;

TEST_F(SpeakerTest, AnswersAtOnceTellsAndRefreshes) {
  set(made(1));
  start_with({owned(kTen)});
  EXPECT_THAT(plane.calls, ElementsAre("attach eth1", "announce 192.0.2.10 on #1"));
  EXPECT_EQ(plane.deadline, BootTime{0});
  EXPECT_THAT(sender.sent, IsEmpty());
  EXPECT_LE(speaker->next_wake(), now);
  pass(0s);
  EXPECT_THAT(sender.sent, ElementsAre(Announcement{{kTen, 1}, made(1).mac}));
  pass(5s);
  EXPECT_EQ(sender.sent.size(), 5u);
  pass(120s);
  EXPECT_EQ(sender.sent.size(), 7u);
  EXPECT_EQ(gratuitous_sent, 7u);
}

TEST_F(SpeakerTest, JoinsAndLeavesTheGroupOfAnIpv6Address) {
  set(made(1));
  start_with({owned(kSix)});
  pass(1s);
  EXPECT_THAT(group_calls, ElementsAre("join ff02::1:ff00:10 on #1"));
  drop(owned(kSix).key);
  pass(1s);
  EXPECT_THAT(group_calls,
              ElementsAre("join ff02::1:ff00:10 on #1", "leave ff02::1:ff00:10 on #1"));
}

TEST_F(SpeakerTest, AGroupThatCouldNotBeJoinedIsReportedAndTriedAgain) {
  set(made(1));
  failing_joins = true;
  start_with({owned(kSix)});
  pass(1s);
  EXPECT_THAT(speaker->snapshot().failures,
              ElementsAre(Pair("multicast groups", HasSubstr("ff02::1:ff00:10"))));
  failing_joins = false;
  pass(61s);
  EXPECT_THAT(speaker->snapshot().failures, IsEmpty());
  EXPECT_THAT(group_calls, ElementsAre("join ff02::1:ff00:10 on #1"));
}

TEST_F(SpeakerTest, IsReadyAfterTheFirstViewEvenAnEmptyOne) {
  set(made(1));
  start();
  EXPECT_FALSE(speaker->snapshot().ready);
  EXPECT_FALSE(speaker->snapshot().in_touch);
  EXPECT_THAT(speaker->snapshot().cause, HasSubstr("first view"));
  source.listener.changed({});
  EXPECT_TRUE(speaker->snapshot().ready);
  EXPECT_TRUE(speaker->snapshot().in_touch);
  EXPECT_EQ(speaker->snapshot().cause, "");
}

TEST_F(SpeakerTest, AnApiThatIsAwayAtStartWithdrawsNothing) {
  set(made(1));
  plane.entries[{kTen, 1}] = {made(1).mac, false};
  plane.entries[{kSix, 1}] = {made(1).mac, false};
  start();
  source.listener.in_touch(false, "connection refused");
  pass(300s);
  EXPECT_EQ(plane.entries.size(), 2u);
  EXPECT_THAT(take_calls(), ElementsAre("attach eth1"));
  EXPECT_THAT(group_calls, ElementsAre("join ff02::1:ff00:10 on #1"));
  EXPECT_FALSE(speaker->snapshot().in_touch);
  EXPECT_EQ(speaker->snapshot().cause, "connection refused");
  EXPECT_FALSE(speaker->snapshot().ready);
  source.listener.changed({{owned(kTen)}, {}});
  EXPECT_THAT(take_calls(), ElementsAre("withdraw 2001:db8::10 on #1"));
  EXPECT_TRUE(speaker->snapshot().ready);
}

TEST_F(SpeakerTest, WhatIsAdoptedFollowsItsInterfacesMacBeforeTheFirstView) {
  set(made(1, 7));
  plane.entries[{kTen, 1}] = {made(1).mac, false};
  start();
  EXPECT_EQ(plane.entries.at({kTen, 1}).mac, made(1, 7).mac);
  set(made(1, 8));
  EXPECT_EQ(plane.entries.at({kTen, 1}).mac, made(1, 8).mac);
}

TEST_F(SpeakerTest, AdoptedEntriesAreNeitherRewrittenNorShoutedButRefreshed) {
  set(made(1));
  plane.entries[{kTen, 1}] = {made(1).mac, false};
  start_with({owned(kTen)});
  pass(0s);
  EXPECT_THAT(take_calls(), ElementsAre("attach eth1"));
  EXPECT_THAT(sender.sent, IsEmpty());
  pass(61s);
  EXPECT_EQ(sender.sent.size(), 1u);
}

TEST_F(SpeakerTest, WithoutARefreshAnAdoptedEntryIsNeverTold) {
  configuration.announce.refresh = 0ms;
  set(made(1));
  plane.entries[{kTen, 1}] = {made(1).mac, false};
  start_with({owned(kTen)});
  pass(300s);
  EXPECT_THAT(sender.sent, IsEmpty());
}

TEST_F(SpeakerTest, AYieldedEntryIsTakenBackOnceTheViewSaysItIsOurs) {
  set(made(1));
  plane.entries[{kTen, 1}] = {made(1).mac, true};
  start();
  EXPECT_TRUE(plane.entries.at({kTen, 1}).yielded);
  source.listener.changed({{owned(kTen)}, {}});
  EXPECT_FALSE(plane.entries.at({kTen, 1}).yielded);
  pass(0s);
  EXPECT_EQ(sender.sent.size(), 1u);
}

TEST_F(SpeakerTest, StrangersEntriesGoWithTheSlowPass) {
  set(made(1));
  start_with({owned(kTen)});
  plane.entries[{kSix, 1}] = {made(1).mac, false};
  plane.entries.erase({kTen, 1});
  pass(61s);
  EXPECT_THAT(plane.entries, ElementsAre(Key(AnnouncementKey{kTen, 1})));
}

TEST_F(SpeakerTest, AMapThatCannotBeReadIsReportedAndStopsNothing) {
  set(made(1));
  plane.failing_read = true;
  plane.entries[{kSix, 1}] = {made(1).mac, false};
  start_with({owned(kTen)});
  EXPECT_EQ(plane.entries.count({kTen, 1}), 1u);
  EXPECT_THAT(speaker->snapshot().failures, ElementsAre(Key("map")));
  plane.failing_read = false;
  pass(61s);
  EXPECT_THAT(speaker->snapshot().failures, IsEmpty());
  EXPECT_EQ(plane.entries.size(), 1u);
}

TEST_F(SpeakerTest, WhatCouldNotBeAdoptedAtStartIsAdoptedLater) {
  set(made(1));
  plane.failing_read = true;
  plane.entries[{kSix, 1}] = {made(1).mac, false};
  start();
  pass(1s);
  EXPECT_THAT(group_calls, IsEmpty());
  plane.failing_read = false;
  pass(61s);
  EXPECT_THAT(group_calls, ElementsAre("join ff02::1:ff00:10 on #1"));
  EXPECT_EQ(plane.entries.size(), 1u);
}

TEST_F(SpeakerTest, OneChangeAmongThousandsIsOneWrite) {
  set(made(1));
  std::vector<Assignment> many;
  for (int i = 0; i < 5000; ++i) {
    many.push_back(owned(Address::v4(
        {10, 0, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(i % 250)})));
  }
  start_with(many);
  EXPECT_EQ(plane.entries.size(), 5000u);
  take_calls();
  add(owned(kTen));
  EXPECT_THAT(take_calls(), ElementsAre("announce 192.0.2.10 on #1"));
  drop(many[17].key);
  EXPECT_THAT(take_calls(), ElementsAre("withdraw 10.0.0.17 on #1"));
  add(owned(kTen));
  EXPECT_THAT(take_calls(), IsEmpty());
}

TEST_F(SpeakerTest, AnInterfaceThatAppearsIsServedAndOneThatVanishesLeftAlone) {
  set(made(1));
  start_with({owned(kTen)});
  take_calls();
  set(made(2));
  EXPECT_THAT(take_calls(), ElementsAre("attach eth2", "announce 192.0.2.10 on #2"));
  remove(1);
  EXPECT_THAT(take_calls(), ElementsAre("detach #1", "withdraw 192.0.2.10 on #1"));
  EXPECT_THAT(logged(), HasSubstr("attached to eth2: tc: fake"));
}

TEST_F(SpeakerTest, AnInterfaceMadeAnewIsServedUnderItsNewIndex) {
  set(made(1));
  start_with({owned(kTen)});
  remove(1);
  auto again = made(7);
  again.name = "eth1";
  set(again);
  EXPECT_THAT(plane.entries, ElementsAre(Key(AnnouncementKey{kTen, 7})));
  pass(0s);
  EXPECT_THAT(sender.sent, Contains(Announcement{{kTen, 7}, again.mac}));
}

TEST_F(SpeakerTest, AnotherMacIsProgrammedJoinedAndTold) {
  set(made(1));
  start_with({owned(kSix)});
  pass(30s);
  take_calls();
  group_calls.clear();
  sender.sent.clear();
  set(made(1, 9));
  EXPECT_EQ(plane.entries.at({kSix, 1}).mac, made(1, 9).mac);
  EXPECT_THAT(take_calls(), ElementsAre("announce 2001:db8::10 on #1"));
  pass(10s);
  EXPECT_THAT(group_calls,
              ElementsAre("leave ff02::1:ff00:10 on #1", "join ff02::1:ff00:10 on #1"));
  EXPECT_EQ(sender.sent.size(), 5u);
  EXPECT_THAT(sender.sent, ::testing::Each(Announcement{{kSix, 1}, made(1, 9).mac}));
}

TEST_F(SpeakerTest, NobodyIsToldAMacThatIsNotProgrammed) {
  set(made(1));
  start_with({owned(kTen)});
  pass(0s);
  sender.sent.clear();
  plane.failing = {{kTen, 1}};
  set(made(1, 9));
  pass(10s);
  EXPECT_THAT(sender.sent, IsEmpty());
  plane.failing.clear();
  pass(10s);
  EXPECT_THAT(sender.sent, Contains(Announcement{{kTen, 1}, made(1, 9).mac}));
}

TEST_F(SpeakerTest, ANewNameMayBeWhatAnOwnerWishesFor) {
  set(made(1));
  start_with({owned(kTen, {"eth9"})});
  EXPECT_THAT(plane.entries, IsEmpty());
  auto renamed = made(1);
  renamed.name = "eth9";
  set(renamed);
  EXPECT_THAT(plane.entries, ElementsAre(Key(AnnouncementKey{kTen, 1})));
}

TEST_F(SpeakerTest, CarrierThatComesBackIsAReasonToTellAgain) {
  set(made(1));
  start_with({owned(kTen)});
  pass(30s);
  sender.sent.clear();
  auto unplugged = made(1);
  unplugged.carrier = false;
  set(unplugged);
  pass(120s);
  EXPECT_THAT(sender.sent, IsEmpty());  // into the void
  take_calls();
  set(made(1));
  pass(0s);
  EXPECT_EQ(sender.sent.size(), 1u);
  EXPECT_THAT(take_calls(), IsEmpty());
}

TEST_F(SpeakerTest, AnInterfaceThatIsDownKeepsItsProgramAndLosesItsAnnouncements) {
  set(made(1));
  start_with({owned(kTen)});
  take_calls();
  auto down = made(1);
  down.up = down.carrier = false;
  set(down);
  EXPECT_THAT(take_calls(), ElementsAre("withdraw 192.0.2.10 on #1"));
  set(made(1));
  EXPECT_THAT(take_calls(), ElementsAre("announce 192.0.2.10 on #1"));
}

TEST_F(SpeakerTest, AnInterfaceThatBecomesAPortIsDetached) {
  set(made(1));
  start_with({owned(kTen)});
  take_calls();
  auto port = made(1);
  port.master = 5;
  set(port);
  EXPECT_THAT(take_calls(), ElementsAre("detach #1", "withdraw 192.0.2.10 on #1"));
  EXPECT_THAT(logged(), HasSubstr("enslaved"));
}

TEST_F(SpeakerTest, ProgramsNobodyWantsAnyMoreAreTakenOffAtStart) {
  set(made(1));
  auto other = made(2);
  other.name = "wlan0";
  set(other);
  for (const InterfaceIndex index : {1u, 2u, 3u}) plane.attached[index].interface = index;
  start_with({owned(kTen)});
  EXPECT_THAT(take_calls(), ElementsAre("detach #2", "detach #3", "announce 192.0.2.10 on #1"));
}

TEST_F(SpeakerTest, WhateverChangesOnAnInterfaceTheDataPlaneMayPickAnotherMode) {
  set(made(1));
  start_with({owned(kTen)});
  plane.judged.clear();
  auto trunk = made(1);
  trunk.carries_vlans = true;
  set(trunk);
  EXPECT_THAT(plane.judged, Contains(trunk));
}

TEST_F(SpeakerTest, AProgramSomebodyTookAwayComesBackWithTheSlowPass) {
  set(made(1));
  start_with({owned(kTen)});
  plane.attached.clear();
  pass(61s);
  EXPECT_EQ(plane.attached.count(1), 1u);
}

TEST_F(SpeakerTest, TheOldMapsAnswerUntilTheFirstViewFilledTheNew) {
  set(made(1));
  start();
  pass(300s);
  EXPECT_EQ(plane.commits, 0u);
  source.listener.changed({{owned(kTen)}, {}});
  EXPECT_EQ(plane.commits, 1u);
}

TEST_F(SpeakerTest, TheOldMapsAnswerWhileTheNewOnesLackAnAnnouncement) {
  set(made(1));
  plane.failing = {{kTen, 1}};
  start_with({owned(kTen), owned(kSix)});
  EXPECT_EQ(plane.commits, 0u);
  pass(900ms);
  EXPECT_EQ(plane.commits, 0u);
  plane.failing.clear();
  pass(100ms);
  EXPECT_EQ(plane.entries.size(), 2u);
  EXPECT_EQ(plane.commits, 1u) << "with the try that succeeds, not later";
}

TEST_F(SpeakerTest, TheOldMapsEndAtOnceWhenNothingIsToBeAnswered) {
  set(made(1));
  plane.failing = {{kTen, 1}};
  start_with({owned(kTen)});
  EXPECT_EQ(plane.commits, 0u);
  speaker->drain([] {});
  EXPECT_EQ(plane.commits, 1u) << "or they would answer on for a node that is drained";
}

TEST_F(SpeakerTest, TheOldMapsEndThoughAnAnnouncementFailsForGood) {
  set(made(1));
  plane.failing = {{kTen, 1}};
  start_with({owned(kTen), owned(kSix)});
  pass(3900ms);
  EXPECT_EQ(plane.commits, 0u);
  pass(100ms);
  EXPECT_EQ(plane.commits, 1u);
  pass(50s);
  EXPECT_EQ(plane.commits, 1u);
}

TEST_F(SpeakerTest, AFailedAttachmentIsReportedRetriedAndHindersNoOther) {
  plane.failing_attach = {1};
  set(made(1));
  set(made(2));
  start_with({owned(kTen)});
  EXPECT_THAT(plane.entries, ElementsAre(Key(AnnouncementKey{kTen, 2})));
  EXPECT_THAT(speaker->snapshot().failures, ElementsAre(Pair("interface eth1", HasSubstr("busy"))));
  EXPECT_TRUE(speaker->snapshot().ready);
  take_calls();
  pass(500ms);
  EXPECT_THAT(take_calls(), IsEmpty());
  pass(600ms);
  EXPECT_THAT(take_calls(), ElementsAre("attach eth1"));
  plane.failing_attach.clear();
  set(made(1));  // any news of it
  EXPECT_THAT(take_calls(), ElementsAre("attach eth1", "announce 192.0.2.10 on #1"));
  EXPECT_THAT(speaker->snapshot().failures, IsEmpty());
}

TEST_F(SpeakerTest, WhatFailedIsAReasonToWakeUp) {
  plane.failing = {{kTen, 1}};
  set(made(1));
  start_with({owned(kTen)});
  EXPECT_EQ(speaker->next_wake(), now + 1s);
  plane.failing.clear();
  pass(1s);
  EXPECT_EQ(plane.entries.count({kTen, 1}), 1u);
}

TEST_F(SpeakerTest, WhatCouldNotBeAttachedIsAReasonToWakeUp) {
  plane.failing_attach = {1};
  set(made(1));
  start_with({owned(kTen)});
  EXPECT_EQ(speaker->next_wake(), now + 1s);
  plane.failing_attach.clear();
  pass(1s);
  EXPECT_EQ(plane.entries.count({kTen, 1}), 1u);
}

TEST_F(SpeakerTest, AnEarlierSpeakersProgramServesWhileAttachingAnewFails) {
  plane.attached[1].interface = 1;
  plane.entries[{kTen, 1}] = {made(1).mac, false};
  plane.failing_attach = {1};
  set(made(1));
  start_with({owned(kTen)});
  EXPECT_EQ(plane.entries.count({kTen, 1}), 1u);
  EXPECT_THAT(speaker->snapshot().failures, ElementsAre(Key("interface eth1")));
}

TEST_F(SpeakerTest, AFullMapStopsOnlyWhatDoesNotFit) {
  plane.capacity = 1;
  set(made(1));
  const auto eleven = *Address::parse("192.0.2.11");
  start_with({owned(kTen), owned(eleven), owned(kSix)});
  EXPECT_EQ(plane.entries.size(), 2u);
  EXPECT_THAT(speaker->snapshot().failures,
              ElementsAre(Pair("192.0.2.11 on eth1", HasSubstr("No space"))));
  EXPECT_EQ(speaker->snapshot().announcement_failures, 1u);
  EXPECT_EQ(reconcile_failures, 1u);
  drop(owned(kTen).key);
  pass(0s);
  EXPECT_EQ(plane.entries.count({eleven, 1}), 1u);
  EXPECT_THAT(speaker->snapshot().failures, IsEmpty());
}

TEST_F(SpeakerTest, AFailureToSendStopsNoProgramming) {
  sender.failing = true;
  set(made(1));
  start_with({owned(kTen)});
  pass(1s);
  add(owned(kSix));
  EXPECT_EQ(plane.entries.size(), 2u);
  EXPECT_GT(gratuitous_failed, 0u);
  EXPECT_THAT(logged(), HasSubstr("No buffer space"));
}

TEST_F(SpeakerTest, WhatWasNotToldIsAFailureUntilItIsToldOrGone) {
  sender.failing = true;
  set(made(1));
  start_with({owned(kTen), owned(kSix)});
  pass(1s);
  const auto failures = [this] { return speaker->snapshot().failures; };
  EXPECT_EQ(failures().count(telling_of(kTen, "eth1")), 1u);
  EXPECT_THAT(failures()[telling_of(kSix, "eth1")], HasSubstr("No buffer space"));
  source.listener.changed({{}, {owned(kSix).key}});
  EXPECT_EQ(failures().count(telling_of(kSix, "eth1")), 0u);
  sender.failing = false;
  pass(2s);
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(SpeakerTest, WhatWasWithdrawnIsNotToldAnyMore) {
  set(made(1));
  start_with({owned(kTen)});
  pass(1500ms);
  EXPECT_EQ(sender.sent.size(), 2u);
  drop(owned(kTen).key);
  pass(300s);
  EXPECT_EQ(sender.sent.size(), 2u);
}

TEST_F(SpeakerTest, ObservingSendsNothingAndListensInTheGroups) {
  configuration.mode = Mode::kObserve;
  set(made(1));
  start_with({owned(kSix)});
  pass(120s);
  EXPECT_EQ(plane.entries.size(), 1u);
  EXPECT_THAT(sender.sent, IsEmpty());
  EXPECT_THAT(group_calls, ElementsAre("join ff02::1:ff00:10 on #1"));
}

TEST_F(SpeakerTest, LosingTheSourceKeepsTheMap) {
  set(made(1));
  start_with({owned(kTen)});
  source.listener.in_touch(false, "timed out");
  pass(600s);
  EXPECT_EQ(plane.entries.count({kTen, 1}), 1u);
  EXPECT_FALSE(speaker->snapshot().in_touch);
  EXPECT_TRUE(speaker->snapshot().ready);
  EXPECT_THAT(logged(), HasSubstr("on our own, with the last view: timed out"));
  source.listener.in_touch(false, "connection refused");
  EXPECT_EQ(source_losses, 1u) << "another cause is no further loss";
  source.listener.in_touch(true, "");
  EXPECT_TRUE(speaker->snapshot().in_touch);
}

TEST_F(SpeakerTest, NewsThatCannotBeReadIsAnErrorAndMendedLater) {
  set(made(1));
  start_with({owned(kTen)});
  interfaces.failing = true;
  EXPECT_FALSE(speaker->interfaces_changed());
  EXPECT_THAT(speaker->snapshot().failures, ElementsAre(Key("interfaces")));
  interfaces.failing = false;
  EXPECT_TRUE(speaker->interfaces_changed());
  EXPECT_THAT(speaker->snapshot().failures, IsEmpty());
}

TEST_F(SpeakerTest, OnExitKeepLeavesEverything) {
  set(made(1));
  start_with({owned(kTen)});
  take_calls();
  speaker->stop([this] { ++departures; });
  EXPECT_THAT(take_calls(), IsEmpty());
  EXPECT_TRUE(source.stopped);
  EXPECT_EQ(plane.entries.size(), 1u);
  EXPECT_EQ(departures, 1);
  EXPECT_THAT(membership.departures, ElementsAre(Membership::Leave::kForAWhile));
}

TEST_F(SpeakerTest, OnExitWithdrawLeavesNothing) {
  configuration.on_exit = OnExit::kWithdraw;
  set(made(1));
  start_with({owned(kTen), owned(kSix)});
  take_calls();
  speaker->stop([this] { ++departures; });
  EXPECT_THAT(take_calls(),
              ElementsAre("withdraw 192.0.2.10 on #1", "withdraw 2001:db8::10 on #1", "detach #1"));
  EXPECT_THAT(plane.entries, IsEmpty());
  EXPECT_EQ(departures, 1);
  EXPECT_THAT(membership.departures, ElementsAre(Membership::Leave::kForGood));
}

Event seen(event_kind kind, const MacAddress& mac) {
  return {kind, kTen, 1, mac, 0};
}

TEST_F(SpeakerTest, SaysWhoClaimsAnAddressButNotWithoutEnd) {
  set(made(1));
  start_with({owned(kTen)});
  const MacAddress rival{{6, 6, 6, 6, 6, 6}};
  for (int i = 0; i < 100; ++i) speaker->report(seen(EVENT_CLAIM, rival));
  const auto claims = logged();
  EXPECT_EQ(std::count(claims.begin(), claims.end(), '\n'), 13);  // attached, view, write, ten
  speaker->report(seen(EVENT_CONFLICT, rival));
  EXPECT_THAT(logged(), HasSubstr("192.0.2.10 on eth1: 06:06:06:06:06:06 claims it too"));
  pass(11s);
  speaker->report(seen(EVENT_CLAIM, rival));
  EXPECT_THAT(logged(), HasSubstr("90 more events were not logged"));
  speaker->report(seen(EVENT_CLAIM, rival));
  EXPECT_THAT(logged(), ::testing::EndsWith("was told that it is not\n"));
  EXPECT_EQ(logged().find("more events"), logged().rfind("more events"));
}

TEST_F(SpeakerTest, OurOwnFramesHeardOnAnotherInterfaceAreNoConflict) {
  set(made(1));
  set(made(2));
  start_with({owned(kTen)});
  speaker->report(seen(EVENT_CONFLICT, made(2).mac));
  EXPECT_THAT(logged(), Not(HasSubstr("claims it")));
}

}  // namespace
}  // namespace isat
