// SPDX-License-Identifier: Apache-2.0
// The seam over DPDK ports: what the speaker asks, against a thread that polls.
#include "dataplane/dpdk/dpdk_data_plane.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <thread>

#include "tests/dpdk/ring_port.h"
#include "tests/dpdk/running_eal.h"

namespace isat::test {
namespace {

using frames::kOurs;
using frames::kRival;
using frames::kTarget4;
using frames::kTarget6;

const auto* const kEal = ::testing::AddGlobalTestEnvironment(new RunningEal);
constexpr InterfaceIndex kIndex = 7;

class DpdkDataPlaneTest : public ::testing::Test {
 protected:
  std::unique_ptr<DpdkDataPlane> open(std::uint32_t capacity = 64) {
    const auto release = [](InterfaceIndex, std::span<rte_mbuf*> frames) {
      rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(frames.size()));
    };
    auto plane =
        DpdkDataPlane::open({capacity, {}, &port_.pool(), release, [this] { return now_; }});
    EXPECT_TRUE(plane) << plane.error().message;
    return std::move(*plane);
  }
  std::unique_ptr<DpdkDataPlane> serving() {
    auto plane = open();
    EXPECT_TRUE(plane->attach(port_.interface(kIndex), AttachMode::kAuto));
    EXPECT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
    return plane;
  }
  bool answers(DpdkDataPlane& plane, const frames::Frame& frame) {
    EXPECT_TRUE(port_.push(frame));
    DpdkPoller(plane).poll();
    return port_.pull().size() == 1;
  }

  RingPort port_{"plane"};
  BootTime now_ = std::chrono::hours(1);
};

TEST_F(DpdkDataPlaneTest, AnnounceAndWithdrawAreIdempotent) {
  auto plane = open();
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
  ASSERT_TRUE(plane->announce({{kTarget6, kIndex}, kOurs}));
  const auto all = *plane->announcements();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].announcement, (Announcement{{kTarget4, kIndex}, kOurs}));
  EXPECT_EQ(all[1].announcement, (Announcement{{kTarget6, kIndex}, kOurs}));
  ASSERT_TRUE(plane->withdraw({kTarget4, kIndex}));
  ASSERT_TRUE(plane->withdraw({kTarget4, kIndex}));
  EXPECT_EQ(plane->announcements()->size(), 1U);
}

TEST_F(DpdkDataPlaneTest, AFullTableIsAnErrorThatNamesTheCapacity) {
  auto plane = open(2);
  ASSERT_TRUE(plane->announce({{frames::address("192.0.2.1"), kIndex}, kOurs}));
  ASSERT_TRUE(plane->announce({{frames::address("192.0.2.2"), kIndex + 1}, kOurs}));
  const auto full = plane->announce({{frames::address("192.0.2.3"), kIndex}, kOurs});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ENOSPC);
  EXPECT_NE(full.error().message.find("192.0.2.3 on interface 7"), std::string::npos);
  EXPECT_NE(full.error().message.find("capacity"), std::string::npos);
  EXPECT_TRUE(plane->announce({{frames::address("192.0.2.1"), kIndex}, kRival})) << "no new one";
  EXPECT_TRUE(plane->announce({{kTarget6, kIndex}, kOurs})) << "the other family has room";
  ASSERT_TRUE(plane->withdraw({frames::address("192.0.2.1"), kIndex}));
  EXPECT_TRUE(plane->announce({{frames::address("192.0.2.3"), kIndex}, kOurs})) << "room again";
}

TEST_F(DpdkDataPlaneTest, CountsStayWithTheAnnouncementAndEndWithIt) {
  auto plane = serving();
  EXPECT_TRUE(answers(*plane, frames::arp()));
  EXPECT_EQ(plane->announcements()->front().answered, 1U);
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kRival}));
  EXPECT_EQ(plane->announcements()->front().answered, 1U) << "a new MAC keeps the history";
  ASSERT_TRUE(plane->withdraw({kTarget4, kIndex}));
  EXPECT_FALSE(answers(*plane, frames::arp()));
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
  EXPECT_EQ(plane->announcements()->front().answered, 0U) << "another announcement";
}

// Between three pages of every other address there is no room for a pair.
TEST_F(DpdkDataPlaneTest, APageWithoutRoomForItsCountsIsAnErrorThatNamesTheCapacity) {
  auto plane = open(64);
  const auto v4 = [](std::uint8_t place) { return Address::v4({10, 0, 0, place}); };
  const auto v6 = [](std::uint8_t place) {
    return Address::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, place});
  };
  for (std::uint8_t place = 0; place < 64; place = static_cast<std::uint8_t>(place + 2)) {
    ASSERT_TRUE(plane->announce({{v4(place), kIndex}, kOurs}));
    ASSERT_TRUE(plane->announce({{v4(place), kIndex + 1}, kOurs}));
    ASSERT_TRUE(plane->announce({{v6(place), kIndex}, kOurs}));
  }
  ASSERT_TRUE(plane->announce({{v6(0), kIndex + 1}, kOurs}));
  const auto crowded = plane->announce({{v6(1), kIndex + 1}, kOurs});
  ASSERT_FALSE(crowded);
  EXPECT_EQ(crowded.error().code, ENOSPC);
  EXPECT_NE(crowded.error().message.find("2001:db8::1 on interface 8: its page finds no room"),
            std::string::npos);
  EXPECT_NE(crowded.error().message.find("capacity"), std::string::npos);
  EXPECT_EQ(plane->announcements()->size(), 97U) << "nothing changed";
  ASSERT_TRUE(plane->withdraw({v4(62), kIndex + 1}));
  EXPECT_TRUE(plane->announce({{v6(1), kIndex + 1}, kOurs})) << "room again";
}

TEST_F(DpdkDataPlaneTest, ARivalEndsAnAnnouncementPastTheDeadlineAndAnnouncingRevivesIt) {
  auto plane = serving();
  ASSERT_TRUE(plane->vouch_until(now_ - std::chrono::seconds(1)));
  EXPECT_TRUE(answers(*plane, frames::arp()));
  EXPECT_FALSE(answers(*plane, frames::arp({.sender_mac = kRival, .sender = kTarget4})));
  EXPECT_TRUE(plane->announcements()->front().yielded);
  EXPECT_FALSE(answers(*plane, frames::arp()));
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
  EXPECT_FALSE(plane->announcements()->front().yielded);
  EXPECT_TRUE(answers(*plane, frames::arp()));
}

TEST_F(DpdkDataPlaneTest, EventsAreWholeAndOneASecond) {
  auto plane = serving();
  const auto rival = frames::arp({.sender_mac = kRival, .sender = kTarget4});
  EXPECT_FALSE(answers(*plane, rival));
  EXPECT_FALSE(answers(*plane, rival));
  const auto events = plane->take_events();
  ASSERT_EQ(events.size(), 1U) << "the second is held back";
  EXPECT_EQ(events[0].kind, EVENT_CONFLICT);
  EXPECT_EQ(events[0].address, kTarget4);
  EXPECT_EQ(events[0].interface, kIndex);
  EXPECT_EQ(events[0].mac, kRival);
  EXPECT_EQ(events[0].boot_ns, now_.count());
  now_ += std::chrono::seconds(1);
  EXPECT_FALSE(answers(*plane, rival));
  EXPECT_EQ(plane->take_events().size(), 1U);
  ASSERT_TRUE(plane->withdraw({kTarget4, kIndex}));
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
  EXPECT_FALSE(answers(*plane, rival));
  EXPECT_EQ(plane->take_events().size(), 1U) << "another announcement has its own limit";
}

TEST_F(DpdkDataPlaneTest, WhatAFullPortDoesNotTakeIsFreedAndCounted) {
  RingPort narrow("narrow", 8);
  auto plane = open();
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
  ASSERT_TRUE(plane->attach(narrow.interface(kIndex), AttachMode::kAuto));
  for (int burst = 0; burst < 2; burst++) {
    for (int i = 0; i < 6; i++) ASSERT_TRUE(narrow.push(frames::arp()));
    DpdkPoller(*plane).poll();
  }
  EXPECT_EQ(narrow.pull().size(), 8U);
  EXPECT_EQ(plane->unsent(kIndex), 4U);
  EXPECT_EQ(narrow.buffers_in_use(), 0U);
  ASSERT_TRUE(plane->detach(kIndex));
}

TEST_F(DpdkDataPlaneTest, AttachAndDetachAreIdempotent) {
  auto plane = serving();
  const auto again = plane->attach(port_.interface(kIndex), AttachMode::kAuto);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->interface, kIndex);
  EXPECT_EQ(again->mode, AttachMode::kNative);
  EXPECT_EQ(plane->attachments().size(), 1U);
  EXPECT_TRUE(answers(*plane, frames::arp()));
  ASSERT_TRUE(plane->detach(kIndex));
  ASSERT_TRUE(plane->detach(kIndex));
  EXPECT_TRUE(plane->attachments().empty());
  EXPECT_FALSE(answers(*plane, frames::arp()));
  ASSERT_TRUE(plane->attach(port_.interface(kIndex), AttachMode::kAuto));
  DpdkPoller(*plane).poll();
  EXPECT_EQ(port_.pull().size(), 1U) << "what had waited is answered";
}

// The port is stopped after it: by then the polling thread must have left it.
TEST_F(DpdkDataPlaneTest, DetachReturnsWhenThePollingThreadLeftThePort) {
  std::atomic<bool> polling = false;
  const auto slowly = [&](InterfaceIndex, std::span<rte_mbuf*> frames) {
    polling = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(frames.size()));
    polling = false;
  };
  auto plane = DpdkDataPlane::open({1, {}, &port_.pool(), slowly, [this] { return now_; }});
  ASSERT_TRUE((*plane)->attach(port_.interface(kIndex), AttachMode::kAuto));
  ASSERT_TRUE(port_.push(frames::tcp()));
  std::thread poller([&] { DpdkPoller(**plane).poll(); });
  while (!polling) std::this_thread::yield();
  ASSERT_TRUE((*plane)->detach(kIndex));
  EXPECT_FALSE(polling);
  poller.join();
}

TEST_F(DpdkDataPlaneTest, AMissingPortIsNamedWithItsMend) {
  auto plane = open();
  Interface none;
  none.index = 9;
  none.name = "net_none0";
  const auto attached = plane->attach(none, AttachMode::kAuto);
  ASSERT_FALSE(attached);
  EXPECT_NE(attached.error().message.find("attach net_none0: no such DPDK port"),
            std::string::npos);
  EXPECT_NE(attached.error().message.find("--vdev"), std::string::npos);
  EXPECT_TRUE(plane->attachments().empty());
}

// A page is pushed from slot to slot, as others take the one it wants next, while it is asked for.
TEST_F(DpdkDataPlaneTest, APageThatMovesLosesNoCount) {
  auto plane = open(20);
  const auto neighbour = frames::address("192.0.2.0");
  ASSERT_TRUE(plane->attach(port_.interface(kIndex), AttachMode::kAuto));
  ASSERT_TRUE(plane->announce({{kTarget4, kIndex}, kOurs}));
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> asked = 0;
  std::thread polling([&] {
    DpdkPoller poller(*plane);
    while (!done) {
      if (!port_.push(frames::arp())) continue;
      poller.poll();
      asked += port_.pull().size();
    }
  });
  for (std::uint8_t other = 0; other < 18; other++) {
    const auto before = asked.load();
    while (asked < before + 100) std::this_thread::yield();
    ASSERT_TRUE(plane->withdraw({neighbour, kIndex}));
    ASSERT_TRUE(plane->announce({{Address::v4({10, 0, other, 0}), kIndex}, kOurs}));
    ASSERT_TRUE(plane->announce({{neighbour, kIndex}, kOurs}));
  }
  done = true;
  polling.join();
  const auto all = plane->announcements();
  ASSERT_EQ(all->size(), 20U);
  for (const auto& actual : *all) {
    const bool is_asked_for = actual.announcement.key.address == kTarget4;
    EXPECT_EQ(actual.answered, is_asked_for ? asked.load() : 0U)
        << actual.announcement.key.address.to_string();
  }
}

// The whole of it at once: a request for what stays announced is answered, always and rightly,
// while the speaker announces, withdraws, detaches and attaches.
TEST_F(DpdkDataPlaneTest, ThePollingThreadAnswersWhileTheSpeakerWrites) {
  auto plane = serving();
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> asked = 0;
  std::uint64_t wrong = 0;
  std::thread polling([&] {
    const std::vector<frames::Frame> expected = {
        frames::arp_reply(frames::kClient, frames::kClient4, kTarget4)};
    DpdkPoller poller(*plane);
    while (!done) {
      if (!port_.push(frames::arp())) continue;
      poller.poll();
      const auto replies = port_.pull();
      asked++;
      if (replies != expected) wrong++;
    }
  });
  RingPort other("other");
  while (asked == 0) std::this_thread::yield();
  for (std::uint32_t round = 0; round < 1'000; round++) {
    const auto address = Address::v4({10, 0, static_cast<std::uint8_t>(round % 40), 1});
    ASSERT_TRUE(plane->announce({{address, kIndex}, kRival}));
    ASSERT_TRUE(plane->withdraw({address, kIndex}));
    if (round % 100 != 0) continue;
    ASSERT_TRUE(plane->attach(other.interface(kIndex + 1), AttachMode::kAuto));
    ASSERT_TRUE(plane->detach(kIndex + 1));
  }
  done = true;
  polling.join();
  EXPECT_GT(asked, 0U);
  EXPECT_EQ(wrong, 0U) << "of " << asked;
}

}  // namespace
}  // namespace isat::test
