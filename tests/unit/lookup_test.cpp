// SPDX-License-Identifier: Apache-2.0
// What a frame costs in look-ups, by the table of solicitations: docs/WIRE.md G2, and one for an
// answer.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/frames/native_responder.h"
#include "tests/frames/solicitation.h"

namespace isat::frames {
namespace {

// Does this outcome depend on the deadline? Only then it may be read.
bool is_fenced(isat_outcome outcome) {
  return outcome == OUTCOME_ANSWERED || outcome == OUTCOME_SILENT || outcome == OUTCOME_CONFLICT;
}

// An ARP request for what is not announced here: its sender is looked up as well (A12).
bool looks_twice(const Solicitation& row) {
  return row.family == FAMILY_ARP &&
         (row.outcome == OUTCOME_NOT_ANNOUNCED || row.outcome == OUTCOME_CONFLICT);
}

TEST(Lookups, OtherTrafficCostsNone) {
  std::size_t rows = 0;
  for (const auto& row : solicitations()) {
    if (row.outcome != OUTCOME_OTHER_TRAFFIC && row.outcome != OUTCOME_UNSUPPORTED) continue;
    SCOPED_TRACE(row.rule + " " + row.name);
    const auto verdict = respond_natively(row.frame, row.setting);
    EXPECT_EQ(verdict.lookups, 0U);
    EXPECT_EQ(verdict.deadline_reads, 0U);
    rows++;
  }
  EXPECT_GT(rows, 50U);
}

TEST(Lookups, AnAnswerCostsOne) {
  for (const auto& row : solicitations()) {
    SCOPED_TRACE(row.rule + " " + row.name);
    const auto verdict = respond_natively(row.frame, row.setting);
    if (row.outcome == OUTCOME_ANSWERED || row.outcome == OUTCOME_SILENT) {
      EXPECT_EQ(verdict.lookups, 1U);
      EXPECT_EQ(verdict.deadline_reads, 1U);
    }
    EXPECT_LE(verdict.lookups, looks_twice(row) ? 2U : 1U);
    EXPECT_LE(verdict.deadline_reads, is_fenced(row.outcome) ? 1U : 0U);
  }
}

// Silence comes before the question whether the frame could grow; and observing needs no room.
TEST(Lookups, RoomIsAskedForLast) {
  const auto frame = nd({.options = {}});
  const Setting passed{.deadline = Setting::Deadline::kPassed, .strict = true};
  EXPECT_EQ(respond_natively(frame, passed, frame.size()).outcome, OUTCOME_SILENT);
  EXPECT_EQ(respond_natively(frame, {.observe = true}, frame.size()).outcome, OUTCOME_ANSWERED);
  EXPECT_EQ(respond_natively(frame, {}, frame.size()).outcome, OUTCOME_NO_ROOM);
}

}  // namespace
}  // namespace isat::frames
