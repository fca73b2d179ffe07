// SPDX-License-Identifier: Apache-2.0
// The asker's questions, answered by the responder's own transforms: each answer names its
// question, also when the numbers have gone round.
#include "tests/cluster/question.h"

#include <gmock/gmock.h>

#include "dataplane/gratuitous.h"
#include "tests/frames/native_responder.h"

namespace isat {
namespace {

using frames::kClient;
using frames::kOurs;
using frames::kTarget4;
using frames::kTarget6;

class QuestionTest : public testing::TestWithParam<Address> {
 protected:
  // What comes back for question `number`.
  static std::optional<Heard> answer(const Address& target, std::uint32_t number) {
    const auto verdict = frames::respond_natively(question(target, kClient, number), {});
    EXPECT_TRUE(verdict.sent);
    return hear(verdict.frame);
  }
};
INSTANTIATE_TEST_SUITE_P(Families, QuestionTest, testing::Values(kTarget4, kTarget6));

TEST_P(QuestionTest, AnAnswerNamesItsQuestionAndItsHolder) {
  for (const std::uint32_t number : {0U, 1U, 255U, 70'000U, 8'388'607U}) {
    const auto heard = answer(GetParam(), number);
    ASSERT_TRUE(heard && heard->number) << number;
    EXPECT_EQ(heard->target, GetParam());
    EXPECT_EQ(heard->holder, kOurs);
    EXPECT_EQ(full_number(*heard, number), number);
  }
}

TEST_P(QuestionTest, NumbersThatWentRoundAreOfTheLatestRound) {
  constexpr std::uint32_t kRound = 1U << 23;
  for (const std::uint32_t number : {kRound - 1, kRound, kRound + 5, 3 * kRound + 7}) {
    const auto heard = answer(GetParam(), number);
    ASSERT_TRUE(heard);
    EXPECT_EQ(full_number(*heard, number), number) << "asked a moment ago";
    EXPECT_EQ(full_number(*heard, number + 20), number) << "twenty questions later";
  }
}

TEST_P(QuestionTest, AnAnnouncementAnswersNobody) {
  const Announcement announcement{{GetParam(), 1}, kOurs};
  for (const auto& frame : gratuitous_frames(announcement)) {
    const auto heard = hear(frame);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->target, GetParam());
    EXPECT_EQ(heard->holder, kOurs);
    EXPECT_FALSE(heard->number);
  }
}

TEST_P(QuestionTest, NobodysFramesAreNotHeard) {
  EXPECT_FALSE(hear(question(GetParam(), kClient, 1))) << "another's question";
  EXPECT_FALSE(hear(frames::arp_reply(kClient, frames::kClient4, kTarget4))) << "to another";
  EXPECT_FALSE(hear(frames::advertisement(kClient, frames::kClient6, kTarget6))) << "to another";
  EXPECT_FALSE(hear(frames::tcp()));
  const auto sound = frames::respond_natively(question(GetParam(), kClient, 1), {}).frame;
  for (std::size_t length = 0; length < 42; ++length) {
    EXPECT_FALSE(hear(frames::truncated(sound, length))) << length;
  }
}

}  // namespace
}  // namespace isat
