// SPDX-License-Identifier: Apache-2.0
// When gratuitous frames are due, on a clock that the test turns.
#include "dataplane/gratuitous_schedule.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "tests/frames/frame.h"

namespace isat {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using Milliseconds = std::chrono::milliseconds;
using TimePoint = GratuitousSchedule::TimePoint;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
constexpr TimePoint kStart{1000h};
const AnnouncementKey kOne{frames::kTarget4, 3};
const AnnouncementKey kTwo{frames::kTarget6, 3};

AnnouncementKey numbered(int number) {
  return {Address::v4(
              {198, 18, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}),
          3};
}

GratuitousTiming without_refresh() {
  GratuitousTiming timing;
  timing.refresh = 0ms;
  return timing;
}

// Turns the clock to every moment at which something is due until `end`, as the loop does; tells at
// what time since the start each key went out.
std::vector<std::pair<Milliseconds, AnnouncementKey>> play(GratuitousSchedule& schedule,
                                                           TimePoint end) {
  std::vector<std::pair<Milliseconds, AnnouncementKey>> sent;
  for (auto next = schedule.next_due(); next && *next <= end; next = schedule.next_due()) {
    const auto keys = schedule.due(*next, kNoLimit);
    EXPECT_FALSE(keys.empty()) << "woken for nothing";
    if (keys.empty()) break;
    for (const auto& key : keys) {
      sent.emplace_back(std::chrono::duration_cast<Milliseconds>(*next - kStart), key);
    }
  }
  return sent;
}

TEST(GratuitousSchedule, FiveRoundsAtTheirInterval) {
  GratuitousSchedule schedule(without_refresh());
  EXPECT_EQ(schedule.next_due(), std::nullopt);
  schedule.begin(kOne, kStart, 0ms);
  EXPECT_THAT(play(schedule, kStart + 1h),
              ElementsAre(std::pair(0ms, kOne), std::pair(1100ms, kOne), std::pair(2200ms, kOne),
                          std::pair(3300ms, kOne), std::pair(4400ms, kOne)));
  EXPECT_EQ(schedule.next_due(), std::nullopt);
}

std::vector<Milliseconds> rounds(Milliseconds last_word,
                                 GratuitousTiming timing = without_refresh()) {
  GratuitousSchedule schedule(timing);
  schedule.begin(kOne, kStart, last_word);
  std::vector<Milliseconds> times;
  for (const auto& [time, key] : play(schedule, kStart + 10s)) times.push_back(time);
  return times;
}

TEST(GratuitousSchedule, ARoundMoreForWhoeverObeyedNoneOfThose) {
  EXPECT_THAT(rounds(4'875ms), ElementsAre(0ms, 1100ms, 2200ms, 3300ms, 4400ms, 4875ms));
  EXPECT_THAT(rounds(1'950ms), ElementsAre(0ms, 1100ms, 1950ms, 3050ms, 4150ms, 5250ms))
      << "in between, the others keep their distance";
  EXPECT_THAT(rounds(2'200ms), ElementsAre(0ms, 1100ms, 2200ms, 3300ms, 4400ms))
      << "one that serves";
  GratuitousTiming timing;
  timing.rounds = 1;
  timing.refresh = 3s;
  const auto refreshed = rounds(5s, timing);
  ASSERT_GT(refreshed.size(), 2U);
  EXPECT_EQ(refreshed[1], 5s) << "before the first refresh";
  EXPECT_GE(refreshed[2], 6'100ms);
}

TEST(GratuitousSchedule, ALateRoundIsTheLastWordToo) {
  GratuitousSchedule schedule(without_refresh());
  schedule.begin(kOne, kStart, 1'950ms);
  EXPECT_THAT(schedule.due(kStart + 3s, kNoLimit), ElementsAre(kOne));
  EXPECT_THAT(schedule.next_due(), Optional(kStart + 4'100ms));
}

TEST(GratuitousSchedule, ToldWithItsLastRound) {
  GratuitousSchedule schedule(GratuitousTiming{});
  EXPECT_TRUE(schedule.told(kOne));
  schedule.begin(kOne, kStart, 4'875ms);
  for (const auto time : {0ms, 1100ms, 2200ms, 3300ms, 4400ms}) {
    EXPECT_THAT(schedule.due(kStart + time, kNoLimit), ElementsAre(kOne));
    EXPECT_FALSE(schedule.told(kOne)) << time.count();
  }
  EXPECT_THAT(schedule.due(kStart + 4'875ms, kNoLimit), ElementsAre(kOne));
  EXPECT_TRUE(schedule.told(kOne));
}

TEST(GratuitousSchedule, NothingBeforeItsTime) {
  GratuitousSchedule schedule(without_refresh());
  schedule.begin(kOne, kStart, 0ms);
  EXPECT_THAT(schedule.due(kStart - 1ms, kNoLimit), IsEmpty());
  EXPECT_THAT(schedule.due(kStart, kNoLimit), ElementsAre(kOne));
  EXPECT_THAT(schedule.due(kStart, kNoLimit), IsEmpty());
  EXPECT_THAT(schedule.due(kStart + 1099ms, kNoLimit), IsEmpty());
  EXPECT_THAT(schedule.next_due(), Optional(kStart + 1100ms));
  // Late: the next round keeps its distance, for a receiver heeds one a second.
  EXPECT_THAT(schedule.due(kStart + 5s, kNoLimit), ElementsAre(kOne));
  EXPECT_THAT(schedule.next_due(), Optional(kStart + 6100ms));
}

TEST(GratuitousSchedule, AnEndedKeyIsNotHandedOut) {
  GratuitousSchedule schedule(GratuitousTiming{});
  schedule.begin(kOne, kStart, 0ms);
  schedule.begin(kTwo, kStart, 0ms);
  schedule.end(kOne);
  schedule.end(kOne);
  EXPECT_THAT(schedule.due(kStart, kNoLimit), ElementsAre(kTwo));
  schedule.end(kTwo);
  EXPECT_EQ(schedule.next_due(), std::nullopt);
  EXPECT_THAT(schedule.due(kStart + 1h, kNoLimit), IsEmpty());
}

TEST(GratuitousSchedule, BegunAgainStartsAfreshAndOnce) {
  GratuitousSchedule schedule(without_refresh());
  schedule.begin(kOne, kStart, 0ms);
  schedule.begin(kOne, kStart, 0ms);
  EXPECT_THAT(schedule.due(kStart, kNoLimit), ElementsAre(kOne));
  EXPECT_THAT(schedule.due(kStart + 1100ms, kNoLimit), ElementsAre(kOne));
  schedule.begin(kOne, kStart + 1500ms, 0ms);
  std::vector<Milliseconds> times;
  for (const auto& [time, key] : play(schedule, kStart + 1h)) times.push_back(time);
  EXPECT_THAT(times, ElementsAre(1500ms, 2600ms, 3700ms, 4800ms, 5900ms))
      << "five more, and none of the old ones in between";
}

TEST(GratuitousSchedule, RefreshesForEverAtItsPeriod) {
  GratuitousSchedule schedule(GratuitousTiming{});
  schedule.begin(kOne, kStart, 0ms);
  const auto sent = play(schedule, kStart + 10min);
  ASSERT_GT(sent.size(), 13U);
  EXPECT_GE(sent[5].first, 4400ms + 1100ms);
  EXPECT_LE(sent[5].first, 4400ms + 60s);
  for (std::size_t i = 6; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].first - sent[i - 1].first, 60s);
  }
}

TEST(GratuitousSchedule, ResumedKeysAreOnlyRefreshed) {
  GratuitousSchedule schedule(GratuitousTiming{});
  schedule.resume(kOne, kStart);
  schedule.begin(kTwo, kStart, 0ms);
  EXPECT_THAT(schedule.due(kStart, kNoLimit), ElementsAre(kTwo));
  schedule.resume(kTwo, kStart);
  EXPECT_THAT(schedule.next_due(), Optional(kStart + 1100ms)) << "in its rounds it goes on";
  schedule.end(kTwo);
  EXPECT_LE(*schedule.next_due(), kStart + 60s);
  EXPECT_THAT(schedule.due(kStart + 60s, kNoLimit), ElementsAre(kOne));

  schedule.set_timing(without_refresh());
  schedule.resume(kOne, kStart + 60s);
  EXPECT_EQ(schedule.next_due(), std::nullopt);
}

TEST(GratuitousSchedule, RefreshesKeepTheirPlacesAfterAStall) {
  GratuitousTiming timing;
  timing.rounds = 1;
  GratuitousSchedule schedule(timing);
  schedule.begin(kOne, kStart, 0ms);
  EXPECT_THAT(schedule.due(kStart, kNoLimit), ElementsAre(kOne));
  const auto place = *schedule.next_due();
  EXPECT_THAT(schedule.due(place + 200s, kNoLimit), ElementsAre(kOne));
  EXPECT_THAT(schedule.next_due(), Optional(place + 240s));
}

TEST(GratuitousSchedule, ThousandsAreRefreshedAllOverThePeriod) {
  GratuitousTiming timing;
  timing.rounds = 1;
  timing.budget = 100'000;
  GratuitousSchedule schedule(timing);
  constexpr std::size_t kKeys = 6000;
  for (int i = 0; i < static_cast<int>(kKeys); ++i) schedule.begin(numbered(i), kStart, 0ms);
  std::array<int, 6> by_ten_seconds{};
  const auto sent = play(schedule, kStart + 60s);
  for (std::size_t i = kKeys; i < sent.size(); ++i) {
    ++by_ten_seconds.at(static_cast<std::size_t>(sent[i].first / 10s) % 6);
  }
  ASSERT_GT(sent.size(), kKeys);
  EXPECT_GE(sent[kKeys].first, 1100ms) << "an interval after its round";
  for (const int count : by_ten_seconds)
    EXPECT_THAT(count, testing::AllOf(testing::Gt(750), testing::Lt(1250)));
}

TEST(GratuitousSchedule, PacesThousands) {
  GratuitousSchedule schedule(without_refresh());
  constexpr int kKeys = 10'000;
  for (int i = 0; i < kKeys; ++i) schedule.begin(numbered(i), kStart, 0ms);
  const auto sent = play(schedule, kStart + 1h);
  ASSERT_EQ(sent.size(), 5U * kKeys);
  std::map<Milliseconds, std::size_t> by_window;
  for (const auto& [time, key] : sent) ++by_window[time / 100];
  for (const auto& [window, count] : by_window) EXPECT_LE(count, 500U);
  EXPECT_EQ(sent.back().first, 9900ms) << "and no slower than that";

  // Every key had its first round before any had its second.
  std::set<AnnouncementKey> first;
  for (int i = 0; i < kKeys; ++i) first.insert(sent[static_cast<std::size_t>(i)].second);
  EXPECT_EQ(first.size(), static_cast<std::size_t>(kKeys));
}

TEST(GratuitousSchedule, TheLimitHoldsAndLosesNothing) {
  GratuitousSchedule schedule(without_refresh());
  for (int i = 0; i < 5; ++i) schedule.begin(numbered(i), kStart, 0ms);
  EXPECT_THAT(schedule.due(kStart, 2), ElementsAre(numbered(0), numbered(1)));
  EXPECT_THAT(schedule.next_due(), Optional(kStart)) << "more is due at once";
  EXPECT_THAT(schedule.due(kStart, 2), ElementsAre(numbered(2), numbered(3)));
  EXPECT_THAT(schedule.due(kStart, 2), ElementsAre(numbered(4)));
}

TEST(GratuitousSchedule, AnExhaustedBudgetSaysWhenToComeBack) {
  GratuitousTiming timing = without_refresh();
  timing.budget = 2;
  GratuitousSchedule schedule(timing);
  for (int i = 0; i < 3; ++i) schedule.begin(numbered(i), kStart, 0ms);
  EXPECT_EQ(schedule.due(kStart, kNoLimit).size(), 2U);
  EXPECT_THAT(schedule.due(kStart + 99ms, kNoLimit), IsEmpty());
  EXPECT_THAT(schedule.next_due(), Optional(kStart + 100ms));
  EXPECT_THAT(schedule.due(kStart + 100ms, kNoLimit), ElementsAre(numbered(2)));
}

TEST(GratuitousSchedule, AShrunkBudgetHoldsWithinItsWindow) {
  GratuitousTiming timing = without_refresh();
  GratuitousSchedule schedule(timing);
  for (int i = 0; i < 5; ++i) schedule.begin(numbered(i), kStart, 0ms);
  EXPECT_EQ(schedule.due(kStart, 3).size(), 3U);
  timing.budget = 1;
  schedule.set_timing(timing);
  EXPECT_THAT(schedule.due(kStart, kNoLimit), IsEmpty());
  EXPECT_THAT(schedule.due(kStart + 100ms, kNoLimit), ElementsAre(numbered(3)));
}

}  // namespace
}  // namespace isat
