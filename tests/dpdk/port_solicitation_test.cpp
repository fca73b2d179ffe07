// SPDX-License-Identifier: Apache-2.0
// The table of solicitations through a DPDK port made of rings, in every shape a frame may have
// there.
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include "tests/dpdk/prepared_plane.h"
#include "tests/dpdk/ring_port.h"
#include "tests/dpdk/running_eal.h"
#include "tests/frames/solicitation.h"

namespace isat::test {
namespace {

using frames::difference;
using frames::Frame;
using frames::Setting;
using frames::Verdict;

const auto* const kEal = ::testing::AddGlobalTestEnvironment(new RunningEal);

class DpdkSolicitationTest : public ::testing::Test {
 protected:
  // One frame through a data plane of its own.
  void respond(const Frame& frame, const Setting& setting, Shape shape, Verdict& verdict) {
    auto prepared = PreparedPlane::open(setting, port_.pool());
    ASSERT_TRUE(prepared) << prepared.error().message;
    auto& plane = **prepared;
    ASSERT_TRUE(plane.attach(port_.interface(PreparedPlane::kIndex)));
    if (setting.yielded) make_yield(plane);
    ASSERT_TRUE(plane.set_deadline());

    if (setting.hidden_tci) shape.hidden_tci = *setting.hidden_tci;
    ASSERT_TRUE(port_.push(frame, shape));
    plane.poll();

    const auto sent = port_.pull_one();
    const auto passed = plane.take_passed();
    verdict.sent = sent.has_value();
    ASSERT_EQ(passed.size(), verdict.sent ? 0U : 1U) << "sent back or passed on, never both";
    verdict.frame = sent ? sent->first : passed.front();
    if (sent) {
      EXPECT_EQ((sent->second & RTE_MBUF_F_TX_VLAN) != 0, setting.hidden_tci.has_value());
    }
    const auto counted = plane.take_counted();
    ASSERT_EQ(counted.size(), 1U);
    EXPECT_EQ(counted.begin()->second, 1U);
    std::tie(verdict.family, verdict.outcome) = counted.begin()->first;
    verdict.events = plane.take_events();
    verdict.answered = plane.take_answered();
    verdict.yielded = plane.yielded();
    ASSERT_TRUE(plane.plane().detach(PreparedPlane::kIndex));
    EXPECT_EQ(port_.buffers_in_use(), 0U) << "a buffer was lost, or freed twice";
  }

  void expect_row(const frames::Solicitation& row, const Shape& shape = {}) {
    SCOPED_TRACE(row.rule + " " + row.name + ", first segment " +
                 std::to_string(shape.first_segment));
    Verdict verdict;
    respond(row.frame, row.setting, shape, verdict);
    EXPECT_EQ(verdict.outcome, row.outcome);
    EXPECT_EQ(verdict.family, row.family);
    EXPECT_EQ(verdict.sent, row.reply.has_value());
    EXPECT_EQ(difference(row.reply.value_or(row.frame), verdict.frame), "");
    EXPECT_EQ(verdict.events, row.events);
    EXPECT_EQ(verdict.answered, row.outcome == OUTCOME_ANSWERED ? 1U : 0U);
    EXPECT_EQ(verdict.yielded, frames::respond_natively(row.frame, row.setting).yielded);
  }

  RingPort port_{"table"};

 private:
  // As it comes about: a rival announces the addresses while nobody vouches for them.
  void make_yield(PreparedPlane& plane) {
    ASSERT_TRUE(plane.plane().vouch_until(BootTime(1)));
    port_.push(frames::arp({.sender_mac = frames::kRival, .sender = frames::kTarget4}));
    port_.push(frames::nd({.source = frames::kRival,
                           .type = 136,
                           .to = frames::kAllNodes,
                           .options = {frames::target_link_layer(frames::kRival)}}));
    plane.poll();
    ASSERT_EQ(plane.take_events().size(), 4U) << "two conflicts, two yields";
    static_cast<void>(plane.take_passed());
    static_cast<void>(plane.take_counted());
  }
};

// 802.1ad cannot be told from 802.1Q in an mbuf with one tag taken out: the port's setting says
// which.
bool can_be_hidden(const Setting& setting) {
  return !setting.hidden_tci || setting.hidden_type == 0x8100;
}

TEST_F(DpdkSolicitationTest, EveryRow) {
  for (const auto& row : frames::solicitations()) {
    if (can_be_hidden(row.setting)) expect_row(row);
  }
}

TEST_F(DpdkSolicitationTest, EveryRowInTwoSegments) {
  for (const auto& row : frames::solicitations()) {
    if (!can_be_hidden(row.setting)) continue;
    for (const std::size_t first : {1U, 13U, 20U, 60U, 400U}) {
      if (first < row.frame.size()) expect_row(row, {.first_segment = first});
    }
  }
}

// A frame that must grow and cannot is passed on, untouched and uncredited.
TEST_F(DpdkSolicitationTest, NoTailroomIsNoRoom) {
  for (const auto& frame :
       {frames::nd({.options = {}}), frames::tagged(frames::nd({.options = {}}), 0)}) {
    Verdict verdict;
    respond(frame, {}, {.tailroom = false}, verdict);
    EXPECT_EQ(verdict.outcome, OUTCOME_NO_ROOM);
    EXPECT_EQ(verdict.family, FAMILY_NDP);
    EXPECT_FALSE(verdict.sent);
    EXPECT_EQ(difference(frame, verdict.frame), "");
    EXPECT_EQ(verdict.answered, 0U);
    EXPECT_TRUE(verdict.events.empty());
  }
}

// Nor is one whose segments cannot be brought together: it is counted, not half read.
TEST_F(DpdkSolicitationTest, SegmentsThatCannotBeJoinedAreNoRoom) {
  Verdict verdict;
  respond(frames::arp(), {}, {.first_segment = 20, .tailroom = false}, verdict);
  EXPECT_EQ(verdict.outcome, OUTCOME_NO_ROOM);
  EXPECT_FALSE(verdict.sent);
  EXPECT_EQ(difference(frames::arp(), verdict.frame), "");
  respond(frames::tcp(), {}, {.first_segment = 20, .tailroom = false}, verdict);
  EXPECT_EQ(verdict.outcome, OUTCOME_OTHER_TRAFFIC) << "what cannot be ours is not looked at";
}

}  // namespace
}  // namespace isat::test
