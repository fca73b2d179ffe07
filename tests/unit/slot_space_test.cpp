// SPDX-License-Identifier: Apache-2.0
// Slots are given out once, side by side for a page, and none is lost.
#include "dataplane/slot_space.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace isat {
namespace {

std::set<std::uint32_t> slots_of(std::uint32_t first, Places places) {
  std::set<std::uint32_t> slots;
  for (std::uint32_t place = 0; place < 64; place++) {
    if (places >> place & 1) slots.insert(first + place);
  }
  return slots;
}

TEST(SlotSpaceTest, APageGetsARunOfItsOwnWhileThereIsOne) {
  SlotSpace space(128);
  EXPECT_EQ(space.find(1U << 5), 0U);
  space.take(0, 1U << 5);
  EXPECT_EQ(space.find(1U), 64U);
  EXPECT_TRUE(space.is_free(0, ~(Places{1} << 5))) << "its neighbours can be counted there too";
  EXPECT_FALSE(space.is_free(0, 1U << 5));
}

TEST(SlotSpaceTest, ARunGivenBackRests) {
  SlotSpace space(192);
  const auto first = space.find(1);
  space.take(*first, 1);
  space.give_back(*first, 1);
  EXPECT_NE(space.find(1), first);
}

TEST(SlotSpaceTest, WhatPagesLeaveOutIsUsed) {
  SlotSpace space(64);
  const Places even = 0x5555555555555555;
  space.take(*space.find(even), even);
  const auto first = space.find(even);
  ASSERT_TRUE(first);
  EXPECT_EQ(*slots_of(*first, even).begin() % 2, 1U);
  space.take(*first, even);
  EXPECT_FALSE(space.find(1)) << "every slot is taken";
}

// The first slot of a page may lie below zero: none of its places is there.
TEST(SlotSpaceTest, TheLastPlaceFitsIntoTheFirstSlot) {
  SlotSpace space(64);
  space.take(0, ~Places{1});
  const auto first = space.find(Places{1} << 63);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first + 63, 0U);
  EXPECT_FALSE(space.is_free(*first, Places{1} << 62)) << "there is nothing below the first";
  space.take(*first, Places{1} << 63);
  EXPECT_FALSE(space.find(1));
}

// Lone addresses at every distance: as many as announcements are counted for. Searched from the
// start each time, this took minutes.
TEST(SlotSpaceTest, FindsForAMillionLonePages) {
  constexpr std::uint32_t kPages = 1'000'000;
  SlotSpace space(3 * kPages);
  for (std::uint32_t page = 0; page < kPages; page++) {
    const auto places = Places{1} << page % 64;
    const auto first = space.find(places);
    ASSERT_TRUE(first) << page;
    space.take(*first, places);
  }
}

RC_GTEST_PROP(SlotSpaceTest, NoSlotIsGivenTwice, ()) {
  constexpr std::uint32_t kSlots = 256;
  SlotSpace space(kSlots);
  std::vector<std::pair<std::uint32_t, Places>> pages;
  std::set<std::uint32_t> taken;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; step++) {
    if (!pages.empty() && *rc::gen::inRange(0, 3) == 0) {
      const auto at = *rc::gen::inRange<std::size_t>(0, pages.size());
      space.give_back(pages[at].first, pages[at].second);
      for (const auto slot : slots_of(pages[at].first, pages[at].second)) taken.erase(slot);
      pages.erase(pages.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    const auto places = *rc::gen::nonZero<Places>() & *rc::gen::arbitrary<Places>();
    if (places == 0) continue;
    const auto first = space.find(places);
    if (!first) continue;
    for (const auto slot : slots_of(*first, places)) {
      RC_ASSERT(slot < kSlots);
      RC_ASSERT(taken.insert(slot).second);
    }
    space.take(*first, places);
    pages.emplace_back(*first, places);
  }
}

}  // namespace
}  // namespace isat
