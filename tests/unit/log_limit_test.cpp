// SPDX-License-Identifier: Apache-2.0
#include "control/log_limit.h"

#include <gtest/gtest.h>

namespace isat {
namespace {

constexpr LogLimit::TimePoint kStart{};

TEST(LogLimit, WritesSoManyLinesAPeriodAndKeepsTheRestBack) {
  LogLimit limit;
  for (std::size_t line = 0; line < LogLimit::kLines; line++) EXPECT_EQ(limit.admit(kStart), 0U);
  EXPECT_EQ(limit.admit(kStart), std::nullopt);
  EXPECT_EQ(limit.admit(kStart + LogLimit::kPeriod - std::chrono::nanoseconds{1}), std::nullopt);
}

TEST(LogLimit, TheNextPeriodsFirstLineSaysHowManyWereKeptBackAndSaysItOnce) {
  LogLimit limit;
  for (std::size_t line = 0; line < LogLimit::kLines + 3; line++) (void)limit.admit(kStart);
  EXPECT_EQ(limit.admit(kStart + LogLimit::kPeriod), 3U);
  EXPECT_EQ(limit.admit(kStart + LogLimit::kPeriod), 0U);
}

TEST(LogLimit, APeriodBeginsWithItsFirstLineNotWhenTheOneBeforeEnded) {
  LogLimit limit;
  (void)limit.admit(kStart);
  const auto late = kStart + LogLimit::kPeriod * 3 / 2;
  for (std::size_t line = 0; line < LogLimit::kLines; line++) EXPECT_EQ(limit.admit(late), 0U);
  EXPECT_EQ(limit.admit(kStart + LogLimit::kPeriod * 2), std::nullopt);
  EXPECT_EQ(limit.admit(late + LogLimit::kPeriod), 1U);
}

}  // namespace
}  // namespace isat
