// SPDX-License-Identifier: Apache-2.0
// What `isat top` shows, between two looks.
#include "control/top_view.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

PinnedState state(std::vector<std::pair<const char*, std::uint64_t>> answered) {
  PinnedState state;
  state.attachments = {{{3, "eth0"}, true}};
  InterfaceOutcomes eth0{3, "eth0", {}};
  for (const auto& [address, count] : answered) {
    state.announcements.push_back({{{*Address::parse(address), 3}, {}}, false, count});
    eth0.counts[FAMILY_ARP][OUTCOME_ANSWERED] += count;
  }
  state.outcomes = {eth0};
  return state;
}

std::vector<std::string> spelt(const TopView& view) {
  std::vector<std::string> rows;
  for (const auto& row : view.addresses) {
    rows.push_back(row.address + " " + row.interface + " " +
                   std::to_string(static_cast<int>(row.per_second)));
  }
  return rows;
}

TEST(TopView, TheBusiestFirst) {
  const auto view = compare(state({{"192.0.2.1", 10}, {"192.0.2.2", 10}, {"192.0.2.3", 0}}),
                            state({{"192.0.2.1", 12}, {"192.0.2.2", 30}, {"192.0.2.3", 0}}), 2s);
  EXPECT_THAT(spelt(view),
              ElementsAre("192.0.2.2 eth0 10", "192.0.2.1 eth0 1", "192.0.2.3 eth0 0"));
  EXPECT_DOUBLE_EQ(view.answered_per_second, 11);
  ASSERT_EQ(view.outcomes.size(), 1u);
  EXPECT_DOUBLE_EQ(view.outcomes[0].per_second, 11);
  EXPECT_EQ(view.outcomes[0].frames, 42u);
}

TEST(TopView, WhatIsNewOrBeganAnewCountsFromZero) {
  const auto view =
      compare(state({{"192.0.2.1", 100}}), state({{"192.0.2.1", 4}, {"192.0.2.2", 6}}), 2s);
  EXPECT_THAT(spelt(view), ElementsAre("192.0.2.2 eth0 3", "192.0.2.1 eth0 2"));
}

TEST(TopView, NoTimeBetweenIsNoRate) {
  EXPECT_THAT(spelt(compare(state({}), state({{"192.0.2.1", 4}}), 0s)),
              ElementsAre("192.0.2.1 eth0 0"));
}

TEST(TopLines, FitTheScreenAndSayWhatDoesNot) {
  const auto view =
      compare(state({}), state({{"192.0.2.1", 1}, {"192.0.2.2", 2}, {"192.0.2.3", 3}}), 1s);
  EXPECT_THAT(
      top_lines(view, "head", 9),
      ElementsAre("head", "3 addresses; 6 requests answered a second", "",
                  "INTERFACE  FAMILY  OUTCOME   /S  FRAMES", "eth0       arp     answered  6   6",
                  "", "ADDRESS    INTERFACE  /S  ANSWERED  STATE",
                  "192.0.2.3  eth0       3   3         announced", "and 2 more"));
  EXPECT_EQ(top_lines(view, "head", 4).size(), 4u);
  EXPECT_EQ(top_lines(view, "head", 0).size(), 0u);
  EXPECT_EQ(top_lines(view, "head", 100).back(), "192.0.2.1  eth0       1   1         announced");
}

TEST(TopView, SaysWhoHoldsWhatAndWhatIsElsewhere) {
  const Holders holders{{{"192.0.2.1", "here"}, {"192.0.2.2", "there"}, {"192.0.2.3", ""}}};
  const auto view = compare(state({}), state({{"192.0.2.1", 1}, {"192.0.2.9", 2}}), 1s, holders);
  const auto lines = top_lines(view, "head", 100);
  EXPECT_THAT(std::vector(lines.end() - 5, lines.end()),
              ElementsAre("ADDRESS    INTERFACE  /S  ANSWERED  STATE      HOLDER",
                          "192.0.2.9  eth0       2   2         announced  ?",
                          "192.0.2.1  eth0       1   1         announced  here",
                          "192.0.2.2             0   0         not here   there",
                          "192.0.2.3             0   0         not here   nobody"));
  const auto json = top_json(view);
  EXPECT_TRUE(json["addresses"][0]["holder"].is_null());
  EXPECT_EQ(json["addresses"][2]["holder"], "there");
}

}  // namespace
}  // namespace isat
