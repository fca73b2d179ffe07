// SPDX-License-Identifier: Apache-2.0
// The table of solicitations through a live tap device: what BPF_PROG_TEST_RUN cannot make is made
// here.
#include <gtest/gtest.h>
#include <sched.h>

#include <cstring>

#include "tests/frames/native_responder.h"
#include "tests/frames/solicitation.h"
#include "tests/kernel/kernel_test.h"
#include "tests/kernel/live_responder.h"
#include "tests/kernel/running_kernel.h"

namespace isat::test {
namespace {

using frames::difference;
using frames::Frame;
using frames::padded;
using frames::Setting;
using frames::Solicitation;
using frames::solicitations;
using frames::tagged;

constexpr std::size_t kEthernetHeader = 14;

class TapTest : public KernelTest, public ::testing::WithParamInterface<Attachment> {
 public:
  static std::string name(const ::testing::TestParamInfo<Attachment>& attachment) {
    return ::testing::PrintToString(attachment.param);
  }

 protected:
  // Once, while the privilege is there; the namespace lives as long as the process.
  static void SetUpTestSuite() { alone_ = alone_ || ::unshare(CLONE_NEWNET) == 0; }

  void SetUp() override {
    ISAT_REQUIRE(alone_, "a network namespace of our own: run as root");
    ISAT_REQUIRE(GetParam() != Attachment::kTcx || kernel_has_tcx(), "no tcx before Linux 6.6");
    KernelTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto responder = LiveResponder::create(GetParam());
    ASSERT_TRUE(responder) << responder.error().message;
    responder_.emplace(std::move(*responder));
  }

  // The row, with a priority tag around it: it must change nothing but come back (A14, N14).
  static Solicitation behind_priority_tag(Solicitation row) {
    row.name += ", behind a priority tag";
    row.setting.hidden_tci = 0x6000;
    return row;
  }

  void expect_row(const Solicitation& row, std::optional<std::size_t> head = {}) {
    SCOPED_TRACE(row.rule + " " + row.name);
    const auto on_wire = [&](const Frame& frame) {
      return row.setting.hidden_tci
                 ? tagged(frame, *row.setting.hidden_tci, row.setting.hidden_type)
                 : frame;
    };
    const auto verdict = responder_->respond(row.frame, row.setting, head);
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->outcome, row.outcome);
    EXPECT_EQ(verdict->family, row.family);
    EXPECT_EQ(verdict->sent, row.reply.has_value());
    EXPECT_EQ(difference(on_wire(row.reply.value_or(row.frame)), verdict->frame), "");
    EXPECT_EQ(verdict->events, row.events);
    EXPECT_EQ(verdict->answered, row.outcome == OUTCOME_ANSWERED ? 1U : 0U);
    EXPECT_EQ(verdict->yielded, respond_natively(row.frame, row.setting).yielded);
    if (head == kEthernetHeader && GetParam() == Attachment::kClsact && !row.setting.hidden_tci &&
        tags_in(row.frame) == 0 && row.frame.size() > kEthernetHeader) {
      EXPECT_TRUE(responder_->came_head_only().value_or(false));
    }
    rows_++;
  }

  static int tags_in(const Frame& frame) {
    int tags = 0;
    for (std::size_t at = 12; at + 1 < frame.size(); at += 4, tags++) {
      const int type = frame[at] << 8 | frame[at + 1];
      if (type != 0x8100 && type != 0x88a8) break;
    }
    return tags;
  }

  bool at_tc() const { return GetParam() == Attachment::kClsact || GetParam() == Attachment::kTcx; }

  // The tap takes no frame without an Ethernet header; and the kernel takes a tag out before any
  // filter sees the frame (skb_vlan_untag), for which it wants six bytes behind it, or frees the
  // frame.
  bool can_be_received(const Solicitation& row) const {
    if (at_tc() && tags_in(row.frame) > 2)
      return false;  // there it counts as two, the outer one hidden
    if (row.setting.hidden_tci) return row.frame.size() >= kEthernetHeader + 2;
    return row.frame.size() >= (tags_in(row.frame) > 0 ? kEthernetHeader + 6 : kEthernetHeader);
  }

  // tc sees each outer tag hidden, the row's own and one of ours: both at once is another row.
  void expect_table(std::optional<std::size_t> head) {
    for (const auto& row : solicitations()) {
      if (can_be_received(row)) expect_row(row, head);
      if (row.setting.hidden_tci || tags_in(row.frame) > 0) continue;
      const auto wrapped = behind_priority_tag(row);
      if (can_be_received(wrapped)) expect_row(wrapped, head);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(rows_, 400U);
  }

  std::optional<LiveResponder> responder_;
  std::size_t rows_ = 0;

 private:
  static inline bool alone_ = false;
};

// The tap's driver hands linear frames to native XDP, and XDP knows no checksums left over.
class FragmentTest : public TapTest {};
class ChecksumTest : public FragmentTest {};

INSTANTIATE_TEST_SUITE_P(On, TapTest,
                         ::testing::Values(Attachment::kClsact, Attachment::kTcx,
                                           Attachment::kGeneric, Attachment::kNative),
                         TapTest::name);
INSTANTIATE_TEST_SUITE_P(On, FragmentTest,
                         ::testing::Values(Attachment::kClsact, Attachment::kTcx,
                                           Attachment::kGeneric),
                         TapTest::name);
INSTANTIATE_TEST_SUITE_P(On, ChecksumTest, ::testing::Values(Attachment::kClsact, Attachment::kTcx),
                         TapTest::name);

TEST_P(TapTest, EveryRow) {
  expect_table({});
}

TEST_P(FragmentTest, EveryRowWithALinearPartOfFourteenBytes) {
  expect_table(kEthernetHeader);
}

// The responder pulls in two steps; no boundary may fall between them.
TEST_P(FragmentTest, EveryLinearPart) {
  const Frame filled = frames::nd({.options = {{200, Frame(28 * 8 - 2, 0xee), {}},
                                               frames::source_link_layer(frames::kClient)}});
  const Frame reply = frames::arp_reply(frames::kClient, frames::kClient4, frames::kTarget4);
  const Frame answer = frames::advertisement(frames::kClient, frames::kClient6, frames::kTarget6);
  const std::vector<Solicitation> rows = {
      {"ARP",
       "A1",
       padded(frames::arp(), 90, 0xee),
       FAMILY_ARP,
       OUTCOME_ANSWERED,
       padded(reply, 60),
       {},
       {}},
      {"NDP, grows",
       "N1",
       frames::nd({.options = {}}),
       FAMILY_NDP,
       OUTCOME_ANSWERED,
       answer,
       {},
       {}},
      {"NDP, shrinks", "N8", filled, FAMILY_NDP, OUTCOME_ANSWERED, answer, {}, {}},
  };
  for (const auto& row : rows) {
    for (std::size_t head = kEthernetHeader; head <= row.frame.size(); head++) {
      SCOPED_TRACE("linear part of " + std::to_string(head));
      expect_row(row, head);
      expect_row(behind_priority_tag(row), head);
    }
  }
}

// The sender left a checksum to the card, beyond where the trailer would be cut: the kernel
// refuses.
TEST_P(ChecksumTest, AFrameThatCannotShrinkPassesUntouched) {
  const Frame frame = padded(frames::arp(), 200, 0xee);
  const auto verdict = responder_->respond(frame, {}, kEthernetHeader, 100);
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->outcome, OUTCOME_NO_ROOM);
  EXPECT_FALSE(verdict->sent);
  EXPECT_EQ(difference(frame, verdict->frame), "");
  EXPECT_EQ(verdict->answered, 0U);
}

TEST_P(TapTest, NoFrameIsShorterThanAnEthernetHeader) {
  const auto refused = responder_->tap().write(Frame(kEthernetHeader - 1, 0xff));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EINVAL);
}

}  // namespace
}  // namespace isat::test
