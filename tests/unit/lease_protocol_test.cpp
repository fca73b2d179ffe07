// SPDX-License-Identifier: Apache-2.0
// Membership by Leases among simulated nodes: takeover, fence, newcomers, restarts.
#include "control/lease_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lease_world.h"

namespace isat {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class LeaseProtocolTest : public ::testing::Test {
 protected:
  // Three members, each key held by one of them.
  void settle() {
    world.start_all();
    world.pass(2s);
    expect_one_holder_each();
  }
  void expect_one_holder_each(bool vouched = true) {
    for (const auto& key : world.keys) {
      EXPECT_THAT(world.answering(key, vouched), SizeIs(1)) << key << " at " << world.now.count();
    }
  }
  std::vector<std::string> add_keys(int count) {
    std::vector<std::string> fresh;
    for (int i = 0; i < count; ++i) fresh.push_back("198.51.100." + std::to_string(i));
    world.keys.insert(world.keys.end(), fresh.begin(), fresh.end());
    return fresh;
  }
  std::ptrdiff_t held_of(std::size_t index, const std::vector<std::string>& keys) {
    return std::count_if(keys.begin(), keys.end(),
                         [&](const auto& key) { return world.nodes[index].map.contains(key); });
  }
  // Time until `done`, at most `limit`.
  std::chrono::milliseconds until(const std::function<bool()>& done,
                                  std::chrono::milliseconds limit) {
    const auto begin = world.now;
    while (!done() && world.now < begin + limit) world.pass(LeaseWorld::kStep);
    return world.now - begin;
  }
  std::vector<std::set<std::string>> maps() {
    std::vector<std::set<std::string>> all;
    for (const auto& node : world.nodes) all.push_back(node.map);
    return all;
  }

  LeaseWorld world{3};
};

TEST_F(LeaseProtocolTest, EveryKeyIsHeldByOneVouchedNodeSoonAfterTheStart) {
  world.start_all();
  world.pass(200ms);
  expect_one_holder_each();
  EXPECT_EQ(world.members_of(0), 3U);
}

TEST_F(LeaseProtocolTest, WritesOnlyAsOftenAsConfigured) {
  settle();
  const auto before = world.nodes[0].writes;
  world.pass(30s);
  EXPECT_GE(world.nodes[0].writes - before, 20);
  EXPECT_LE(world.nodes[0].writes - before, 23);
}

TEST_F(LeaseProtocolTest, TheDeadlineCountsFromBeforeTheRequest) {
  settle();
  for (int i = 0; i < 300; ++i) {
    world.pass(10ms);
    const auto left = world.nodes[0].deadline - world.clock(world.nodes[0]);
    EXPECT_LE(left, BootTime(4'750ms));
    EXPECT_GE(left, BootTime(3'100ms));
  }
}

TEST_F(LeaseProtocolTest, AKilledNodeIsReplacedWithinItsDurationAndLittleMore) {
  settle();
  world.kill(1);
  const auto taken =
      until([&] { return world.members_of(0) == 2 && world.members_of(2) == 2; }, 20s);
  EXPECT_GE(taken, 3s);
  EXPECT_LE(taken, 5'600ms);
  // The dead one's map answers on, but vouches for nothing.
  EXPECT_FALSE(world.vouches(world.nodes[1]));
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, NobodyTakesOverBeforeTheDeadlineOfTheDead) {
  settle();
  world.nodes[1].stopped = true;
  until([&] { return world.members_of(0) == 2 || world.members_of(2) == 2; }, 20s);
  EXPECT_FALSE(world.vouches(world.nodes[1]));
}

TEST_F(LeaseProtocolTest, AReleasedLeaseIsTakenOverAtOnce) {
  settle();
  world.leave(1, Membership::Leave::kForGood);
  EXPECT_LE(until([&] { return world.members_of(0) == 2 && world.members_of(2) == 2; }, 20s),
            100ms);
  world.pass(50ms);
  EXPECT_TRUE(world.nodes[1].left);
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, ADeletedLeaseIsNoReleasedOne) {
  settle();
  const auto before = maps();
  const auto changes = world.nodes[0].member_changes;
  world.remove_lease(world.nodes[1].name);
  world.pass(10s);
  EXPECT_TRUE(world.leases.contains(world.nodes[1].name));  // written anew
  EXPECT_EQ(maps(), before);
  EXPECT_EQ(world.nodes[0].member_changes, changes);
  EXPECT_EQ(world.nodes[1].views_lost, 0);
}

TEST_F(LeaseProtocolTest, ADeletedLeaseOfADeadNodeRunsOut) {
  settle();
  world.kill(1);
  world.remove_lease(world.nodes[1].name);
  EXPECT_GE(until([&] { return world.members_of(0) == 2; }, 20s), 3s);
  EXPECT_EQ(world.members_of(0), 2U);
}

TEST_F(LeaseProtocolTest, AStalledWatchOfTheHolderMovesNoDeadline) {
  settle();
  const auto held = world.nodes[1].map;
  world.nodes[1].watch_stalled = true;  // its writes succeed
  EXPECT_LE(until([&] { return world.members_of(0) == 2 && world.members_of(2) == 2; }, 20s), 7s);
  world.pass(60s);
  EXPECT_FALSE(world.vouches(world.nodes[1]));
  EXPECT_EQ(world.nodes[1].views_lost, 1);
  EXPECT_EQ(world.nodes[1].map, held);  // it answers on, yielding to whoever announces
  EXPECT_EQ(world.members_of(0), 2U);
  world.nodes[1].watch_stalled = false;
  world.pass(1s);
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, AStalledWatchOfAnObserverConcludesNothing) {
  settle();
  const auto changes = world.nodes[0].member_changes;
  world.nodes[0].watch_stalled = true;
  world.kill(1);
  world.pass(20s);
  EXPECT_EQ(world.nodes[0].member_changes, changes);
}

TEST_F(LeaseProtocolTest, TheApiAwayForAllMovesNothing) {
  settle();
  const auto before = maps();
  for (auto& node : world.nodes) node.cut = true;
  world.pass(60s);
  EXPECT_EQ(maps(), before);
  for (std::size_t i = 0; i < 3; ++i) {
    world.nodes[i].cut = false;
    world.pass(2s);  // not all find it at once
    EXPECT_EQ(maps(), before);
  }
  world.pass(10s);
  EXPECT_EQ(maps(), before);
  for (const auto& node : world.nodes) EXPECT_FALSE(node.protocol->was_given_up());
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, WhoAloneLosesTheApiIsReplacedAndComesBackAsANewcomer) {
  settle();
  const auto before = maps();
  world.nodes[1].cut = true;
  world.pass(8s);
  EXPECT_EQ(world.members_of(0), 2U);
  EXPECT_FALSE(world.vouches(world.nodes[1]));
  EXPECT_EQ(world.nodes[1].map, before[1]);  // answers on until somebody announces
  EXPECT_EQ(world.leases.at(world.nodes[1].name).holder, "");  // released on its behalf
  EXPECT_FALSE(world.nodes[1].protocol->was_given_up());       // as far as it knows
  world.nodes[1].cut = false;
  world.pass(1s);
  EXPECT_TRUE(world.nodes[1].protocol->was_given_up());
  EXPECT_FALSE(world.nodes[0].protocol->was_given_up());
  EXPECT_EQ(maps(), before);
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, ARestartWithinTheGraceMovesNothing) {
  settle();
  const auto before = maps();
  world.leave(1, Membership::Leave::kForAWhile);
  for (int i = 0; i < 500; ++i) {
    world.pass(100ms);
    ASSERT_EQ(maps(), before);
  }
  EXPECT_TRUE(world.nodes[1].left);
  world.start(1, "another pod");
  world.pass(100ms);
  EXPECT_TRUE(world.vouches(world.nodes[1]));
  EXPECT_EQ(world.leases.at(world.nodes[1].name).duration, 5s);
  for (int i = 0; i < 100; ++i) {
    world.pass(100ms);
    ASSERT_EQ(maps(), before);
  }
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, WhatIsNewWhileANodeIsAwayIsOthersUntilItIsBack) {
  settle();
  const auto before = world.nodes[1].map;
  world.leave(1, Membership::Leave::kForAWhile);
  const auto fresh = add_keys(20);
  world.pass(100ms);
  EXPECT_EQ(world.nodes[1].map, before);
  expect_one_holder_each(false);
  world.start(1, "another pod");
  world.pass(1s);
  expect_one_holder_each();
  EXPECT_GT(held_of(1, fresh), 0);
}

// Whoever saw it leave and whoever comes meanwhile must think the same of it.
TEST_F(LeaseProtocolTest, WhoIsBackAndSeesNothingYetIsStillAwayToAll) {
  settle();
  world.leave(1, Membership::Leave::kForAWhile);
  const auto fresh = add_keys(20);
  world.pass(100ms);
  world.nodes[1].watch_mute = true;
  world.start(1, "another pod");
  world.pass(100ms);
  ASSERT_EQ(world.leases.at(world.nodes[1].name).speaker->stage, Stage::kResuming);
  world.kill(2);
  world.start(2, "another pod");
  world.pass(100ms);
  EXPECT_TRUE(world.vouches(world.nodes[2]));
  expect_one_holder_each(false);
}

TEST_F(LeaseProtocolTest, TheLastWordComesAfterEveryDeadline) {
  settle();
  const auto last_word = [&] { return world.nodes[0].protocol->last_word(); };
  EXPECT_EQ(last_word(), 4'875ms);
  for (int i = 0; i < 300; ++i) {
    world.pass(10ms);
    for (const auto& node : world.nodes) {
      ASSERT_LT(node.deadline, world.clock(node) + last_word());
    }
  }
  auto lease = world.leases.at(world.nodes[1].name);
  lease.duration = 25s;  // it counts more members
  world.overwrite(lease);
  world.pass(50ms);
  EXPECT_EQ(last_word(), 24'375ms);
  world.leave(2, Membership::Leave::kForAWhile);  // it promises to be back, and vouches as before
  world.pass(3s);
  EXPECT_EQ(last_word(), 4'875ms);
}

TEST_F(LeaseProtocolTest, AfterTheGraceTheOthersTakeOver) {
  settle();
  world.leave(1, Membership::Leave::kForAWhile);
  const auto taken = until([&] { return world.members_of(0) == 2; }, 90s);
  EXPECT_GE(taken, 60s);
  EXPECT_LE(taken, 61s);
}

TEST_F(LeaseProtocolTest, AKilledSpeakerThatIsBackInTimeMovesNothing) {
  settle();
  const auto before = maps();
  world.kill(1);
  world.pass(2s);
  world.start(1);
  world.pass(10s);
  EXPECT_EQ(maps(), before);
  EXPECT_EQ(world.nodes[0].views_lost, 0);
  expect_one_holder_each();
}

// Its Lease was released on its behalf, so a newcomer does not wait for it.
TEST_F(LeaseProtocolTest, ARestartBesideAnOldDeadNodeMovesNothing) {
  settle();
  world.kill(1);
  world.pass(10s);
  const auto before = maps();
  world.leave(2, Membership::Leave::kForAWhile);
  world.pass(1s);
  world.start(2);
  for (int i = 0; i < 100; ++i) {
    world.pass(100ms);
    ASSERT_EQ(maps(), before);
  }
}

// Lists pass, writes succeed, the watch says nothing: the others must not wait for it.
TEST_F(LeaseProtocolTest, ANewcomerThatDoesNotSeeIsNoMember) {
  world.start(0);
  world.start(2);
  world.pass(1s);
  world.nodes[1].watch_mute = true;
  world.start(1);
  for (int i = 0; i < 100; ++i) {
    world.pass(300ms);
    ASSERT_EQ(world.members_of(0), 2U);
    ASSERT_EQ(world.members_of(2), 2U);
  }
  EXPECT_GE(world.nodes[1].writes, 3);
  EXPECT_LE(world.nodes[1].writes, 8);
  world.nodes[1].watch_mute = false;
  world.pass(6s);
  EXPECT_EQ(world.members_of(0), 3U);
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, AMemberWhoseWatchFallsMuteIsReplacedForGood) {
  settle();
  world.nodes[1].watch_mute = true;
  EXPECT_LE(until([&] { return world.members_of(0) == 2 && world.members_of(2) == 2; }, 20s), 7s);
  for (int i = 0; i < 100; ++i) {
    world.pass(300ms);
    ASSERT_EQ(world.members_of(0), 2U);
  }
  EXPECT_EQ(world.nodes[0].views_lost, 0);
}

TEST_F(LeaseProtocolTest, ANewcomerClaimsNothingBeforeItHasAView) {
  world.start(0);
  world.pass(1s);
  world.nodes[1].watch_stalled = true;
  world.start(1);
  world.pass(10s);
  EXPECT_THAT(world.nodes[1].map, SizeIs(0));
  EXPECT_EQ(world.nodes[1].writes, 0);
}

TEST_F(LeaseProtocolTest, AnotherSpeakerWithOurNameIsAnErrorUntilItIsDead) {
  settle();
  LeaseProtocol rival(
      {world.nodes[0].name, "elsewhere", {"", "uid", "another place", "", Stage::kJoining, {}}},
      LeaseWorld::kTiming, LeaseWorld::kGrace, [] { return 0.5; });
  rival.start(BootTime(0));
  rival.begin_list();
  rival.list(world.leases.at(world.nodes[0].name));
  rival.end_list(BootTime(1s));
  EXPECT_FALSE(rival.next_write(BootTime(1s)));
  EXPECT_THAT(rival.trouble(), HasSubstr("held by another speaker, node-a0_pod"));
  EXPECT_EQ(rival.next_wake(), BootTime(11s));  // twice its time, for it was listed
  EXPECT_FALSE(rival.next_write(BootTime(10'999ms)));
  const auto write = rival.next_write(BootTime(11s));
  ASSERT_TRUE(write);
  EXPECT_EQ(write->lease.holder, "elsewhere");
  EXPECT_EQ(write->lease.transitions, world.leases.at(world.nodes[0].name).transitions + 1);
}

TEST_F(LeaseProtocolTest, WhoseLeaseWasTakenVouchesNoMore) {
  settle();
  auto lease = world.leases.at(world.nodes[1].name);
  lease.holder = "somebody";
  lease.speaker->place = "elsewhere";
  world.overwrite(lease);
  world.pass(100ms);
  EXPECT_FALSE(world.vouches(world.nodes[1]));
  EXPECT_THAT(world.nodes[1].protocol->trouble(), HasSubstr("somebody"));
}

TEST_F(LeaseProtocolTest, AWriteOfSomebodyElseInBetweenIsAConflictAndNoMore) {
  settle();
  for (int i = 0; i < 50; ++i) {
    world.overwrite(world.leases.at(world.nodes[1].name));  // kubectl annotate, say
    world.pass(std::chrono::milliseconds(70 + 10 * (i % 7)));
  }
  EXPECT_EQ(world.nodes[1].views_lost, 0);
  expect_one_holder_each();
}

TEST_F(LeaseProtocolTest, GarbageInTheAnnotationCostsTheInterfacesOnly) {
  settle();
  auto lease = world.leases.at(world.nodes[1].name);
  lease.speaker.reset();
  lease.duration = 0ms;
  world.kill(1);
  world.overwrite(lease);
  world.pass(100ms);
  ASSERT_EQ(world.members_of(0), 3U);
  EXPECT_EQ(world.nodes[0].protocol->members()[1].interfaces, std::nullopt);
  // Its earlier duration goes on counting.
  EXPECT_GE(until([&] { return world.members_of(0) == 2; }, 20s), 3s);
}

TEST_F(LeaseProtocolTest, StrangersLeasesAreNoMembers) {
  settle();
  Lease stranger;
  stranger.node = "some-controller";
  stranger.holder = "it";
  stranger.annotated = false;
  world.overwrite(stranger);
  world.pass(1s);
  EXPECT_EQ(world.members_of(0), 3U);
}

TEST_F(LeaseProtocolTest, NewsOfInterfacesGoesOutAtOnceAndNotTooOften) {
  settle();
  const auto before = world.nodes[1].writes;
  for (int i = 0; i < 100; ++i) {
    world.nodes[1].protocol->publish({{"eth0", {{2, 0, 0, 0, 0, 1}}, i % 2 == 0}});
    world.pass(10ms);
  }
  EXPECT_LE(world.nodes[1].writes - before, 6);
  world.nodes[1].protocol->publish({{"eth0", {{2, 0, 0, 0, 0, 1}}, false}});
  EXPECT_LE(
      until([&] { return !world.nodes[0].protocol->members()[1].interfaces->front().carrier; }, 2s),
      300ms);
}

TEST_F(LeaseProtocolTest, AnAnswerThatCameAfterItsEchoCountsToo) {
  world.latency = 200ms;  // the watch is faster than the answers
  world.start_all();
  world.pass(3s);
  expect_one_holder_each();
  EXPECT_EQ(world.nodes[0].views_lost, 0);
}

TEST(LeasePace, SlowsDownWithMembers) {
  const LeaseTiming timing{5s, 1'500ms};
  EXPECT_EQ(paced(timing, 1), timing);
  EXPECT_EQ(paced(timing, 40), timing);
  EXPECT_EQ(paced(timing, 200), (LeaseTiming{25s, 7'500ms}));
}

TEST(LeasePace, KeepsAMargin) {
  EXPECT_EQ(good_until(BootTime(10s), 5s), BootTime(14'750ms));
  EXPECT_EQ(good_until(BootTime(10s), 1s), BootTime(10'900ms));
}

class LeaseStickinessTest : public LeaseProtocolTest {
 protected:
  using Keys = std::set<std::string>;
  // Node 1 as the first one sees it.
  Keys seen(std::size_t by = 0) {
    for (const auto& member : world.nodes[by].protocol->members()) {
      if (member.node == world.nodes[1].name) return member.sticks_to;
    }
    return {"no member"};
  }
  void stick(std::optional<Keys> keys) { world.nodes[1].protocol->stick_to(std::move(keys)); }
};

TEST_F(LeaseStickinessTest, IsSaidSoonAndSeenByAllAlike) {
  settle();
  EXPECT_EQ(seen(), Keys{});
  stick(Keys{"a"});
  EXPECT_LE(until([&] { return seen() == Keys{"a"} && seen(1) == Keys{"a"}; }, 5s), 300ms);
  stick(Keys{});
  EXPECT_LE(until([&] { return seen() == Keys{}; }, 5s), 300ms);
}

TEST_F(LeaseStickinessTest, OutlivesARestartAndAWayThatIsLong) {
  settle();
  stick(Keys{"a"});
  world.pass(1s);
  world.leave(1, Membership::Leave::kForAWhile);
  world.pass(30s);
  EXPECT_EQ(seen(), Keys{"a"});
  world.start(1, "another pod");
  stick(std::nullopt);  // it cannot tell yet
  world.pass(5s);
  EXPECT_EQ(seen(), Keys{"a"});
  EXPECT_EQ(seen(1), Keys{"a"});
}

TEST_F(LeaseStickinessTest, EndsWithTheLease) {
  settle();
  stick(Keys{"a"});
  world.pass(1s);
  world.kill(1);
  world.pass(20s);
  EXPECT_EQ(seen(), Keys{"no member"});
  world.start(1, "another pod");
  stick(std::nullopt);
  world.pass(5s);
  EXPECT_EQ(seen(), Keys{});
}

}  // namespace
}  // namespace isat
