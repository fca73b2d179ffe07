// SPDX-License-Identifier: Apache-2.0
// Counts stay with their announcement, wherever its page is counted.
#include "dataplane/dpdk/page_counts.h"

#include <gtest/gtest.h>

namespace isat::dpdk {
namespace {

TEST(PageCountsTest, APageGrowsWhereItIsUntilAnotherIsInItsWay) {
  PageCounts counts(128);
  EXPECT_EQ(counts.take(0, 0, 1U << 5), 0U);
  EXPECT_EQ(counts.take(0, 0, 1U), 64U) << "a run of its own";
  EXPECT_EQ(counts.take(0, 1U << 5, 1U << 6), 0U);
  EXPECT_EQ(counts.take(0, 0, 1U), 0U) << "into the gap, as there is no run left";
  EXPECT_EQ(counts.take(0, 0b11U << 5, 1U), 2U) << "and so the first page moves";
}

TEST(PageCountsTest, WithoutRoomNothingIsTaken) {
  PageCounts counts(64);
  EXPECT_EQ(counts.take(0, 0, ~Places{0b101}), 0U);
  EXPECT_EQ(counts.take(0, 0, 1), 0U);
  EXPECT_EQ(counts.take(0, 1, 2), std::nullopt);
  EXPECT_EQ(counts.take(0, 0, 1), 2U);
}

TEST(PageCountsTest, AMoveTakesCountsAlong) {
  PageCounts counts(64);
  ASSERT_EQ(counts.take(0, 0, 1), 0U);
  count(counts.by_slot()[0], 5);
  ASSERT_EQ(counts.take(0, 0, 2), 0U);  // another page's place 1
  ASSERT_EQ(counts.take(0, 1, 2), 2U);
  count(counts.by_slot()[2]);  // the polling thread is there first
  counts.move(0, 2);
  EXPECT_EQ(counts.answered(2), 6U);
  EXPECT_EQ(counts.answered(0), 0U) << "what it left counts from nothing";
  ASSERT_EQ(counts.take(0, 0, 1), 4U);
  ASSERT_EQ(counts.take(2, 3, 4), 5U);
  counts.move(2, 5);
  EXPECT_EQ(counts.answered(5), 6U) << "twice";
  counts.end(5);
  EXPECT_EQ(counts.answered(5), 0U);
}

TEST(PageCountsTest, WhatAMoveLeavesIsFree) {
  PageCounts counts(64);
  ASSERT_EQ(counts.take(0, 0, 1), 0U);
  ASSERT_EQ(counts.take(0, 0, 2), 0U);
  ASSERT_EQ(counts.take(0, 1, 2), 2U);
  counts.move(0, 2);
  bool given = false;
  while (const auto first = counts.take(0, 0, 1)) given |= *first == 0;
  EXPECT_TRUE(given);
}

}  // namespace
}  // namespace isat::dpdk
