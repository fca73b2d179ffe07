// SPDX-License-Identifier: Apache-2.0
// The reconciler against a data plane with bad manners.
#include "control/reconciler.h"

#include <gmock/gmock.h>

#include "tests/unit/fake_data_plane.h"

namespace isat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr MacAddress kOld{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kNew{{2, 0, 0, 0, 0, 2}};

AnnouncementKey key(int last, InterfaceIndex interface = 1) {
  return {Address::v4({192, 0, 2, static_cast<std::uint8_t>(last)}), interface};
}

class ReconcilerTest : public ::testing::Test {
 protected:
  ReconcilerTest() : reconciler(plane, followers()) {}

  AnnouncementFollowers followers() {
    const auto note = [this](const char* what) {
      return [this, what](const AnnouncementKey& of) {
        plane.calls.push_back(what + (" " + FakeDataPlane::name(of)));
      };
    };
    return {note("joined"), note("left"), note("gained"), note("resumed")};
  }

  void desire(int last, const MacAddress& mac = kOld) {
    reconciler.desire(key(last).address, {{key(last), mac}});
  }
  void desire_not(int last) { reconciler.desire(key(last).address, {}); }

  std::vector<std::string> take_calls() { return std::exchange(plane.calls, {}); }

  FakeDataPlane plane;
  Reconciler reconciler;
  Reconciler::TimePoint now{1h};
};

TEST_F(ReconcilerTest, ProgramsTheMapBeforeAnythingElse) {
  desire(1);
  const auto report = reconciler.settle(now);
  EXPECT_THAT(take_calls(), ElementsAre("announce 192.0.2.1 on #1", "joined 192.0.2.1 on #1",
                                        "gained 192.0.2.1 on #1"));
  EXPECT_EQ(report.announced, 1u);
  EXPECT_EQ(reconciler.announced(key(1)), (Announcement{key(1), kOld}));
  EXPECT_EQ(reconciler.announced_count(), 1u);
}

TEST_F(ReconcilerTest, WritesOnlyWhatDiffers) {
  for (int last = 1; last <= 3; ++last) desire(last);
  (void)reconciler.settle(now);
  take_calls();
  desire(1);
  desire(2, kNew);
  desire_not(3);
  (void)reconciler.settle(now);
  EXPECT_THAT(take_calls(), ElementsAre("withdraw 192.0.2.3 on #1", "left 192.0.2.3 on #1",
                                        "announce 192.0.2.2 on #1", "gained 192.0.2.2 on #1"));
  EXPECT_EQ(plane.entries.at(key(2)).mac, kNew);
}

TEST_F(ReconcilerTest, AnInterfaceTouchesOnlyItsOwn) {
  reconciler.desire(key(1).address, {{key(1, 1), kOld}, {key(1, 2), kOld}});
  (void)reconciler.settle(now);
  take_calls();
  reconciler.desire(InterfaceIndex{2}, {});
  (void)reconciler.settle(now);
  EXPECT_THAT(take_calls(), ElementsAre("withdraw 192.0.2.1 on #2", "left 192.0.2.1 on #2"));
}

TEST_F(ReconcilerTest, AFullMapHasRoomForWhatReplacesTheOld) {
  plane.capacity = 1;
  desire(9);
  (void)reconciler.settle(now);
  desire(1);  // sorts before the one that goes
  desire_not(9);
  EXPECT_EQ(reconciler.settle(now).failed, 0u);
  EXPECT_EQ(plane.entries.count(key(1)), 1u);
}

TEST_F(ReconcilerTest, OneFailureHidesNoOther) {
  plane.failing = {key(2)};
  for (int last = 1; last <= 3; ++last) desire(last);
  const auto report = reconciler.settle(now);
  EXPECT_EQ(report.announced, 2u);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_THAT(report.first_failure, HasSubstr("192.0.2.2"));
  EXPECT_EQ(plane.entries.count(key(3)), 1u);
  EXPECT_THAT(reconciler.failures().at(key(2)), HasSubstr("Input/output error"));
  EXPECT_FALSE(reconciler.announced(key(2)));
  for (const auto& call : take_calls()) {
    EXPECT_NE(call, "joined 192.0.2.2 on #1");
    EXPECT_NE(call, "gained 192.0.2.2 on #1");
  }
}

TEST_F(ReconcilerTest, RetriesEverMoreRarely) {
  plane.failing = {key(2)};
  desire(2);
  (void)reconciler.settle(now);
  std::vector<std::chrono::seconds> pauses;
  for (int round = 0; round < 8; ++round) {
    const auto next = reconciler.next_retry();
    ASSERT_TRUE(next);
    take_calls();
    EXPECT_TRUE(reconciler.retry(*next - 1ms).idle());
    EXPECT_THAT(take_calls(), IsEmpty());
    pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(*next - now));
    now = *next;
    EXPECT_EQ(reconciler.retry(now).failed, 1u);
  }
  EXPECT_THAT(pauses, ElementsAre(1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s));
  plane.failing.clear();
  EXPECT_EQ(reconciler.retry(*reconciler.next_retry()).announced, 1u);
  EXPECT_FALSE(reconciler.next_retry());
  EXPECT_EQ(reconciler.failure_count(), 0u);
}

TEST_F(ReconcilerTest, AFailureNobodyWishesForAnyMoreIsForgotten) {
  plane.failing = {key(2)};
  desire(2);
  (void)reconciler.settle(now);
  desire_not(2);
  EXPECT_TRUE(reconciler.settle(now).idle());
  EXPECT_EQ(reconciler.failure_count(), 0u);
  EXPECT_FALSE(reconciler.next_retry());
  EXPECT_THAT(reconciler.addresses(), IsEmpty());
}

TEST_F(ReconcilerTest, AFailedWithdrawalIsRetriedAndStaysOwned) {
  desire(2);
  (void)reconciler.settle(now);
  plane.failing = {key(2)};
  desire_not(2);
  EXPECT_EQ(reconciler.settle(now).failed, 1u);
  EXPECT_FALSE(reconciler.announced(key(2)));  // not ours to tell about, though still answered
  EXPECT_EQ(reconciler.announced_count(), 1u);
  plane.failing.clear();
  EXPECT_EQ(reconciler.retry(*reconciler.next_retry()).withdrawn, 1u);
  EXPECT_TRUE(plane.entries.empty());
}

TEST_F(ReconcilerTest, RoomIsUsedAtOnce) {
  plane.capacity = 1;
  desire(1);
  desire(2);
  EXPECT_EQ(reconciler.settle(now).failed, 1u);
  now += 100ms;
  desire_not(1);
  (void)reconciler.settle(now);
  EXPECT_EQ(reconciler.next_retry(), now);
  EXPECT_EQ(reconciler.retry(now).announced, 1u);
}

TEST_F(ReconcilerTest, RoomIsNoRemedyForOtherFailures) {
  plane.failing = {key(2)};
  desire(1);
  desire(2);
  (void)reconciler.settle(now);
  const auto due = reconciler.next_retry();
  desire_not(1);
  (void)reconciler.settle(now + 100ms);
  EXPECT_EQ(reconciler.next_retry(), due);
}

TEST_F(ReconcilerTest, AdoptedEntriesAreNotRewrittenAndNotShouted) {
  plane.entries = {{key(1), {kOld, false}}, {key(2), {kOld, false}}};
  ASSERT_TRUE(reconciler.adopt());
  EXPECT_THAT(take_calls(), ElementsAre("joined 192.0.2.2 on #1", "resumed 192.0.2.2 on #1",
                                        "joined 192.0.2.1 on #1", "resumed 192.0.2.1 on #1"));
  EXPECT_EQ(reconciler.announced_count(), 2u);
  EXPECT_TRUE(reconciler.settle(now).idle());
  desire(1);
  desire_not(2);
  ASSERT_TRUE(reconciler.full_pass(now));
  EXPECT_THAT(take_calls(), ElementsAre("withdraw 192.0.2.2 on #1", "left 192.0.2.2 on #1"));
}

TEST_F(ReconcilerTest, AnAdoptedEntryThatNobodyHeardOfIsShouted) {
  plane.entries = {{key(1), {kOld, false}}};
  plane.untold = {key(1)};
  ASSERT_TRUE(reconciler.adopt());
  EXPECT_THAT(take_calls(), ElementsAre("joined 192.0.2.1 on #1", "resumed 192.0.2.1 on #1"));
  reconciler.tell_untold();
  reconciler.tell_untold();
  EXPECT_THAT(take_calls(), ElementsAre("gained 192.0.2.1 on #1")) << "once it is known as ours";
}

TEST_F(ReconcilerTest, AnAdoptedEntryWithAnotherMacIsRewrittenAndTold) {
  plane.entries = {{key(1), {kOld, false}}};
  ASSERT_TRUE(reconciler.adopt());
  take_calls();
  reconciler.desire_mac(1, kNew);
  (void)reconciler.settle(now);
  EXPECT_THAT(take_calls(), ElementsAre("announce 192.0.2.1 on #1", "gained 192.0.2.1 on #1"));
}

TEST_F(ReconcilerTest, AFullPassMendsEveryDifference) {
  for (int last = 1; last <= 4; ++last) desire(last);
  (void)reconciler.settle(now);
  take_calls();
  plane.entries[key(1)].mac = kNew;       // somebody's hand
  plane.entries.erase(key(2));            //
  plane.entries[key(3)].yielded = true;   // the responder gave way
  plane.entries[key(9)] = {kNew, false};  // a stranger's
  plane.entries[key(8)] = {kNew, true};
  const auto report = reconciler.full_pass(now);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->announced, 3u);
  EXPECT_EQ(report->withdrawn, 2u);
  EXPECT_THAT(take_calls(), ElementsAre("withdraw 192.0.2.8 on #1", "withdraw 192.0.2.9 on #1",
                                        "announce 192.0.2.1 on #1", "gained 192.0.2.1 on #1",
                                        "announce 192.0.2.2 on #1", "gained 192.0.2.2 on #1",
                                        "announce 192.0.2.3 on #1", "gained 192.0.2.3 on #1"));
  EXPECT_EQ(plane.entries.size(), 4u);
  EXPECT_EQ(plane.entries.at(key(1)).mac, kOld);
  EXPECT_FALSE(plane.entries.at(key(3)).yielded);
  EXPECT_EQ(reconciler.announced_count(), 4u);
  EXPECT_TRUE(reconciler.full_pass(now)->idle());
}

TEST_F(ReconcilerTest, WhatIsThereAsDesiredWithoutOurDoingIsJoinedAndToldOnce) {
  plane.entries = {{key(1), {kOld, false}}, {key(2), {kOld, true}}};  // of an earlier speaker
  plane.failing_read = true;
  ASSERT_FALSE(reconciler.adopt());
  plane.failing_read = false;
  desire(1);
  desire(2);
  ASSERT_TRUE(reconciler.full_pass(now));
  EXPECT_THAT(take_calls(), ElementsAre("joined 192.0.2.1 on #1", "gained 192.0.2.1 on #1",
                                        "announce 192.0.2.2 on #1", "joined 192.0.2.2 on #1",
                                        "gained 192.0.2.2 on #1"));
  ASSERT_TRUE(reconciler.full_pass(now));
  EXPECT_THAT(take_calls(), IsEmpty());
}

TEST_F(ReconcilerTest, WhatVanishedUnwantedIsLeftOnce) {
  desire(1);
  (void)reconciler.settle(now);
  take_calls();
  plane.failing = {key(1)};
  desire_not(1);
  (void)reconciler.settle(now);
  plane.entries.clear();
  take_calls();
  ASSERT_TRUE(reconciler.full_pass(now));
  EXPECT_THAT(take_calls(), ElementsAre("left 192.0.2.1 on #1"));
  EXPECT_EQ(reconciler.failure_count(), 0u);
  EXPECT_EQ(reconciler.announced_count(), 0u);
}

TEST_F(ReconcilerTest, AMapThatCannotBeReadIsAnErrorAndChangesNothing) {
  plane.entries = {{key(9), {kOld, false}}};
  plane.failing_read = true;
  EXPECT_FALSE(reconciler.adopt());
  EXPECT_FALSE(reconciler.full_pass(now));
  EXPECT_THAT(take_calls(), IsEmpty());
}

TEST_F(ReconcilerTest, TellsAgainOnlyWhatIsAnnouncedThere) {
  reconciler.desire(key(1).address, {{key(1, 1), kOld}, {key(1, 2), kOld}});
  plane.failing = {key(2, 1)};
  desire(2);
  (void)reconciler.settle(now);
  take_calls();
  reconciler.tell_again(1);
  EXPECT_THAT(take_calls(), ElementsAre("gained 192.0.2.1 on #1"));
}

}  // namespace
}  // namespace isat
