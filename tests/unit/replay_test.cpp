// SPDX-License-Identifier: Apache-2.0
// The lines of `isat replay`.
#include "control/replay.h"

#include <gtest/gtest.h>

namespace isat {
namespace {

TEST(VerdictJson, ReplyIsHexAndOnlyThereWhenSent) {
  EXPECT_EQ(
      verdict_json(1, {FAMILY_ARP, OUTCOME_ANSWERED, std::vector<std::uint8_t>{0x00, 0xab, 0x0f}}),
      R"({"frame":1,"family":"arp","outcome":"answered","action":"tx","reply":"00ab0f"})");
  EXPECT_EQ(verdict_json(2, {FAMILY_NDP, OUTCOME_NOT_ANNOUNCED, std::nullopt}),
            R"({"frame":2,"family":"ndp","outcome":"not_announced","action":"pass"})");
  // mode: observe counts an answer and sends none.
  EXPECT_EQ(verdict_json(3, {FAMILY_ARP, OUTCOME_ANSWERED, std::nullopt}),
            R"({"frame":3,"family":"arp","outcome":"answered","action":"pass"})");
}

TEST(VerdictText, IsInColumns) {
  EXPECT_EQ(verdict_text(7, {FAMILY_ARP, OUTCOME_ANSWERED, std::vector<std::uint8_t>{1}}),
            "     7  arp    answered          tx");
  EXPECT_EQ(verdict_text(1234567, {FAMILY_OTHER, OUTCOME_NOT_SOLICITATION, std::nullopt}),
            "1234567  other  not_solicitation  pass");
}

}  // namespace
}  // namespace isat
