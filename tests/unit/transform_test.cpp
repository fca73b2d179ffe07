// SPDX-License-Identifier: Apache-2.0
// The table of solicitations, run natively; and that no rule and no outcome lacks a row.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>

#include "tests/frames/native_responder.h"
#include "tests/frames/solicitation.h"

namespace isat::frames {
namespace {

TEST(Transform, EveryRow) {
  for (const auto& row : solicitations()) {
    SCOPED_TRACE(row.rule + " " + row.name);
    const auto verdict = respond_natively(row.frame, row.setting);
    EXPECT_EQ(verdict.outcome, row.outcome);
    EXPECT_EQ(verdict.family, row.family);
    EXPECT_EQ(verdict.sent, row.reply.has_value());
    EXPECT_EQ(difference(row.reply.value_or(row.frame), verdict.frame), "");
    EXPECT_EQ(verdict.events, row.events);
    EXPECT_EQ(verdict.answered, row.outcome == OUTCOME_ANSWERED ? 1U : 0U);
    EXPECT_EQ(verdict.finished, 1U);
  }
}

// A frame that must grow or shrink and cannot is passed on, untouched and uncounted for.
TEST(Transform, NoRoomLeavesTheFrameUntouched) {
  for (const auto& frame : {nd({.options = {}}), tagged(nd({.options = {}}), 0)}) {
    const auto verdict = respond_natively(frame, {}, frame.size());
    EXPECT_EQ(verdict.outcome, OUTCOME_NO_ROOM);
    EXPECT_FALSE(verdict.sent);
    EXPECT_EQ(difference(frame, verdict.frame), "");
    EXPECT_EQ(verdict.answered, 0U);
    EXPECT_TRUE(verdict.events.empty());
  }
}

TEST(Transform, YieldStays) {
  const auto rival = arp({.sender_mac = kRival, .sender = kTarget4});
  EXPECT_TRUE(respond_natively(rival, {.deadline = Setting::Deadline::kPassed}).yielded);
  EXPECT_FALSE(respond_natively(rival, {.deadline = Setting::Deadline::kAhead}).yielded);
}

TEST(Table, NamesAreUnique) {
  std::set<std::string> names;
  for (const auto& row : solicitations()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(Table, EveryOutcomeHasARow) {
  std::set<isat_outcome> shown = {OUTCOME_NO_ROOM};  // NoRoomLeavesTheFrameUntouched
  for (const auto& row : solicitations()) shown.insert(row.outcome);
  EXPECT_EQ(shown.size(), static_cast<std::size_t>(OUTCOME_COUNT));
}

TEST(Table, EveryRuleHasARow) {
  std::set<std::string> shown = {"G4"};  // the limiter is the kernel's: tests/kernel/event_test.cpp
  for (const auto& row : solicitations()) shown.insert(row.rule);
  std::ifstream rules(ISAT_SOURCE_DIR "/docs/WIRE.md");
  ASSERT_TRUE(rules) << "docs/WIRE.md";
  std::size_t count = 0;
  const std::regex rule(R"(^\| ([ANG]\d+) \|.*)");
  for (std::string line; std::getline(rules, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, rule)) continue;
    count++;
    EXPECT_TRUE(shown.contains(match[1])) << match[1] << " has no row";
  }
  EXPECT_EQ(count, 33U);
}

}  // namespace
}  // namespace isat::frames
