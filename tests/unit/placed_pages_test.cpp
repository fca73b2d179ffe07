// SPDX-License-Identifier: Apache-2.0
// Pages stand where the responder looks for them, whatever came and went; none is found that was
// never put.
#include "dataplane/placed_pages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "bpf/pages.h"
#include "dataplane/page_key.h"

namespace isat {
namespace {

constexpr std::size_t kPlaces = 64;
constexpr mac_t kMac = 0x0000563412005e02;

announced_page page_of(Places announced, std::uint32_t first_slot = 7) {
  announced_page page{};
  page.announced = announced;
  page.first_slot = first_slot;
  store_mac(page.mac, kMac);
  return page;
}

announced_v4_key key_of(std::uint32_t number, std::uint32_t interface = 1) {
  announced_v4_key key{{}, interface};
  const auto first = BE32(number * ANNOUNCED_PAGE_SIZE);
  std::memcpy(key.address, &first, sizeof first);
  return key;
}

// Looks where bpf/responder.bpf.c does.
const placed_v4* look_up(const std::vector<placed_v4>& places, const announced_v4_key& key) {
  const auto is_there = [&](std::size_t at) {
    return std::memcmp(&places[at].key, &key, sizeof key) == 0;
  };
  const std::size_t mask = places.size() - 1;
  const auto home = page_home_v4(load32(key.address), key.ifindex) & mask;
  if (is_there(home)) return &places[home];
  if (places[home].answer >> PLACED_MAC_BITS == 0) return nullptr;
  for (std::uint32_t step = 0; step < PAGE_REACH; step++) {
    const auto at = page_detour(page_hash_v4(load32(key.address), key.ifindex), step) & mask;
    if (is_there(at)) return &places[at];
  }
  return nullptr;
}

class PlacedPagesTest : public testing::Test {
 protected:
  PlacedPagesTest() : places_(kPlaces) { PlacedPages<placed_v4>::clear(places_); }

  std::vector<placed_v4> places_;
  int graces_ = 0;
  PlacedPages<placed_v4> pages_{places_, [this] {
                                  graces_++;
                                  return Result<void>{};
                                }};
};

TEST_F(PlacedPagesTest, APoolIsAtHomeSideBySide) {
  for (std::uint32_t i = 0; i < kPlaces / 2; i++) ASSERT_TRUE(pages_.put(key_of(i), page_of(1)));
  const auto* first = look_up(places_, key_of(0));
  for (std::uint32_t i = 0; i < kPlaces / 2; i++) {
    const auto* place = look_up(places_, key_of(i));
    ASSERT_NE(place, nullptr);
    const auto distance = static_cast<std::size_t>(place - first) & (kPlaces - 1);
    EXPECT_EQ(distance, i);
  }
}

TEST_F(PlacedPagesTest, WhoIsNotAtHomeIsFoundAndWhoLeavesStays) {
  // The same home, every one of them.
  for (std::uint32_t i = 0; i < 8; i++)
    ASSERT_TRUE(pages_.put(key_of(i * kPlaces), page_of(Places{1} << i, i)));
  for (std::uint32_t i = 0; i < 8; i++) {
    const auto* place = look_up(places_, key_of(i * kPlaces));
    ASSERT_NE(place, nullptr) << i;
    EXPECT_EQ(place->announced, Places{1} << i);
    EXPECT_EQ(place->first_slot, i);
    EXPECT_EQ(place->answer & PLACED_MAC, kMac);
  }
  EXPECT_EQ(look_up(places_, key_of(8 * kPlaces)), nullptr);
  pages_.erase(key_of(0));
  ASSERT_NE(look_up(places_, key_of(0)), nullptr) << "with nothing announced in it";
  EXPECT_EQ(look_up(places_, key_of(0))->announced, 0U);
  EXPECT_NE(look_up(places_, key_of(kPlaces))->announced, 0U);
  EXPECT_EQ(graces_, 0);
}

TEST_F(PlacedPagesTest, NoPlaceIsGivenToAnotherPageWithoutAGracePeriod) {
  std::uint32_t number = 0;
  for (; graces_ == 0; number++) {
    std::vector<announced_v4_key> before;
    for (const auto& place : places_) before.push_back(place.key);
    ASSERT_TRUE(pages_.put(key_of(number), page_of(1)));
    pages_.erase(key_of(number));
    if (graces_ > 0) break;
    for (std::size_t at = 0; at < kPlaces; at++) {
      const bool was_free = before[at].ifindex == 0xffffffff;
      const bool is_same = std::memcmp(&before[at], &places_[at].key, sizeof before[at]) == 0;
      ASSERT_TRUE(was_free || is_same);
    }
    ASSERT_LT(number, 2 * kPlaces);
  }
  EXPECT_GE(number, kPlaces / 2) << "only when it must";
  EXPECT_EQ(graces_, 1) << "for all of them at once";
}

TEST_F(PlacedPagesTest, AFullArraySaysSo) {
  Result<void> put;
  std::uint32_t number = 0;
  while ((put = pages_.put(key_of(number * kPlaces), page_of(1)))) {
    number++;
    ASSERT_LE(number, kPlaces);
  }
  EXPECT_EQ(put.error().code, ENOSPC);
  EXPECT_GE(number, PAGE_REACH);
  for (std::uint32_t i = 0; i < number; i++)
    EXPECT_NE(look_up(places_, key_of(i * kPlaces)), nullptr);
  EXPECT_TRUE(pages_.put(key_of(0), page_of(3))) << "present already";
}

TEST_F(PlacedPagesTest, WhatAGraceThatFailsHoldsBackIsAnError) {
  PlacedPages<placed_v4> pages(places_, [] { return Result<void>(fail("no grace", EPERM)); });
  Result<void> put;
  for (std::uint32_t number = 0; put && number <= 2 * kPlaces; number++) {
    put = pages.put(key_of(number * kPlaces), page_of(1));
    pages.erase(key_of(number * kPlaces));
  }
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().message, "no grace");
}

TEST_F(PlacedPagesTest, RetainsWhatIsWanted) {
  for (std::uint32_t i = 0; i < 6; i++) ASSERT_TRUE(pages_.put(key_of(i), page_of(1)));
  pages_.retain([](const announced_v4_key& key) {
    return BE32(load32(key.address)) / ANNOUNCED_PAGE_SIZE % 2 == 0;
  });
  for (std::uint32_t i = 0; i < 6; i++) EXPECT_EQ(pages_.find(key_of(i)).announced, 1 - i % 2);
}

// Against a map, with a quarter as many pages as places, of two interfaces and the most unlucky
// numbers.
TEST_F(PlacedPagesTest, FindsWhatAMapWouldFind) {
  std::mt19937 random(1);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  std::map<std::tuple<std::uint32_t, std::uint32_t>, std::uint64_t> expected;
  for (int step = 0; step < 20'000; step++) {
    const auto number = below(40) * (below(2) == 0 ? 1 : kPlaces);
    const std::tuple at{static_cast<std::uint32_t>(number), 1 + below(2)};
    const auto key = key_of(std::get<0>(at), std::get<1>(at));
    if (below(2) == 0 && (expected.contains(at) || expected.size() < kPlaces / 4)) {
      const std::uint64_t announced = 1 + random();
      ASSERT_TRUE(pages_.put(key, page_of(announced)));
      expected[at] = announced;
    } else {
      pages_.erase(key);
      expected.erase(at);
    }
    const auto* place = look_up(places_, key);
    const auto found = place == nullptr ? 0 : place->announced;
    ASSERT_EQ(found, expected.contains(at) ? expected[at] : 0) << step;
    if (step % 100 != 0) continue;
    for (const auto& [other, announced] : expected) {
      place = look_up(places_, key_of(std::get<0>(other), std::get<1>(other)));
      ASSERT_NE(place, nullptr) << step;
      ASSERT_EQ(place->announced, announced) << step;
    }
  }
  EXPECT_GT(graces_, 0);
}

}  // namespace
}  // namespace isat
