// SPDX-License-Identifier: Apache-2.0
// The table of solicitations through the kernel's own programs, at XDP and at tc.
#include <gtest/gtest.h>

#include "tests/frames/solicitation.h"
#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

using frames::difference;
using frames::solicitations;

using SolicitationTest = HookTest;
ISAT_AT_BOTH_HOOKS(SolicitationTest);

TEST_P(SolicitationTest, EveryRow) {
  auto responder = KernelResponder::create(GetParam());
  ASSERT_TRUE(responder) << responder.error().message;
  std::size_t ran = 0;
  for (const auto& row : solicitations()) {
    if (!KernelResponder::takes(GetParam(), row.frame, row.setting)) continue;  // tap_test.cpp
    SCOPED_TRACE(row.rule + " " + row.name);
    const auto verdict = responder->respond(row.frame, row.setting);
    ran++;
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->outcome, row.outcome);
    EXPECT_EQ(verdict->family, row.family);
    EXPECT_EQ(verdict->sent, row.reply.has_value());
    EXPECT_EQ(difference(row.reply.value_or(row.frame), verdict->frame), "");
    EXPECT_EQ(verdict->events, row.events);
    EXPECT_EQ(verdict->answered, row.outcome == OUTCOME_ANSWERED ? 1U : 0U);
    EXPECT_EQ(verdict->yielded, frames::respond_natively(row.frame, row.setting).yielded);
  }
  // Nothing was counted for another interface either.
  EXPECT_EQ(responder->loaded().total().value_or(0), ran);
  RecordProperty("rows", static_cast<int>(ran));
}

// A frame shorter than an Ethernet header cannot even be made: nothing to be tested is left out.
TEST_P(SolicitationTest, NoHookSeesAFrameWithoutAnEthernetHeader) {
  auto responder = KernelResponder::create(GetParam());
  ASSERT_TRUE(responder) << responder.error().message;
  EXPECT_FALSE(responder->respond(frames::Frame(13, 0xff), {}));
  EXPECT_TRUE(responder->respond(frames::Frame(15, 0xff), {}));
}

}  // namespace
}  // namespace isat::test
