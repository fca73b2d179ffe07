// SPDX-License-Identifier: Apache-2.0
// The lines of `isat watch`.
#include "control/event_line.h"

#include <gtest/gtest.h>

namespace isat {
namespace {

constexpr WallTime kWhen{std::chrono::milliseconds(1'769'860'800'007)};

Event seen(event_kind kind, const char* address) {
  return {kind, *Address::parse(address), 3, *MacAddress::parse("02:00:00:00:00:09"), 0};
}

TEST(EventText, EveryKindSaysWhatHappened) {
  EXPECT_EQ(
      event_text(seen(EVENT_CONFLICT, "192.0.2.10"), "eth0", kWhen),
      "2026-01-31T12:00:00.007Z eth0 conflict: 192.0.2.10 is also claimed by 02:00:00:00:00:09");
  EXPECT_EQ(event_text(seen(EVENT_CLAIM, "2001:db8::10"), "eth0", kWhen),
            "2026-01-31T12:00:00.007Z eth0 claim: 02:00:00:00:00:09 asked whether 2001:db8::10 is "
            "free, and was told that it is not");
  EXPECT_EQ(
      event_text(seen(EVENT_YIELD, "192.0.2.10"), "#3", kWhen),
      "2026-01-31T12:00:00.007Z #3 yield: 192.0.2.10 was given up to 02:00:00:00:00:09, which "
      "announced it after the deadline");
  EXPECT_EQ(event_text(seen(EVENT_KIND_COUNT, "192.0.2.10"), "eth0", kWhen),
            "2026-01-31T12:00:00.007Z eth0 unknown: 192.0.2.10 02:00:00:00:00:09");
}

TEST(EventJson, IsOneObjectOnOneLine) {
  EXPECT_EQ(
      event_json(seen(EVENT_CONFLICT, "2001:db8::10"), "eth0", kWhen),
      R"({"time":"2026-01-31T12:00:00.007Z","kind":"conflict","interface":"eth0","ifindex":3,)"
      R"("address":"2001:db8::10","mac":"02:00:00:00:00:09"})");
}

}  // namespace
}  // namespace isat
