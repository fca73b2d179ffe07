// SPDX-License-Identifier: Apache-2.0
// The text that Prometheus scrapes.
#include "control/metrics.h"

#include <gmock/gmock.h>

#include "dataplane/outcome.h"
#include "tests/unit/fake_data_plane.h"

namespace isat {
namespace {

using testing::HasSubstr;
using testing::Not;

class MetricsTest : public testing::Test {
 protected:
  FakeDataPlane data_plane;
  BootTime now{10'000'000'000};
  Metrics metrics{data_plane, [this] { return now; }};
};

InterfaceOutcomes answered_on(const std::string& name, std::uint64_t count) {
  InterfaceOutcomes outcomes;
  outcomes.name = name;
  outcomes.counts[FAMILY_ARP][OUTCOME_ANSWERED] = count;
  return outcomes;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(MetricsTest, EveryMetricIsThereFromTheStart) {
  const auto text = metrics.render();
  for (const char* series :
       {"\nisat_announcements 0\n", "\nisat_announcement_failures 0\n",
        "\nisat_gratuitous_sent_total{family=\"arp\"} 0\n",
        "\nisat_gratuitous_sent_total{family=\"ndp\"} 0\n", "\nisat_gratuitous_failed_total 0\n",
        "\nisat_reconcile_failures_total 0\n", "\nisat_reconcile_duration_seconds_count 0\n",
        "\nisat_events_total{kind=\"conflict\"} 0\n", "\nisat_events_total{kind=\"claim\"} 0\n",
        "\nisat_events_total{kind=\"yield\"} 0\n", "\nisat_deadline_seconds +Inf\n",
        "\nisat_source_in_touch 0\n", "\nisat_watch_restarts_total 0\n",
        "\nisat_build_info{version=\"" ISAT_VERSION "\"} 1\n",
        "# TYPE isat_frames_total counter\n"}) {
    EXPECT_THAT(text, HasSubstr(series));
  }
}

TEST_F(MetricsTest, FramesAreReadAtScrapeTime) {
  data_plane.counted = std::vector{answered_on("eth0", 7)};
  EXPECT_THAT(
      metrics.render(),
      HasSubstr("isat_frames_total{interface=\"eth0\",family=\"arp\",outcome=\"answered\"} 7\n"));
  data_plane.counted = std::vector{answered_on("eth0", 9)};
  EXPECT_THAT(metrics.render(), HasSubstr("outcome=\"answered\"} 9\n"));
}

TEST_F(MetricsTest, EveryFamilyAndOutcomeHasASeries) {
  data_plane.counted = std::vector{answered_on("eth0", 1)};
  EXPECT_EQ(occurrences(metrics.render(), "\nisat_frames_total{"), std::size_t{OUTCOMES_PER_SLOT});
}

// An interface made anew keeps its name and gets another slot. Prometheus refuses a scrape in which
// a series comes twice.
TEST_F(MetricsTest, SlotsOfOneNameAreOneSeries) {
  data_plane.counted = std::vector{answered_on("eth0", 2), answered_on("eth0", 3)};
  const auto text = metrics.render();
  EXPECT_THAT(text, HasSubstr("family=\"arp\",outcome=\"answered\"} 5\n"));
  EXPECT_EQ(occurrences(text, "family=\"arp\",outcome=\"answered\""), 1u);
}

TEST_F(MetricsTest, UnreadableOutcomesDoNotHideTheRest) {
  data_plane.failing_read = true;
  const auto text = metrics.render();
  EXPECT_THAT(text, HasSubstr("\nisat_announcements 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("# TYPE isat_frames_total")));
  EXPECT_TRUE(
      text.ends_with("\n# isat_frames_total is missing: read outcomes: Input/output error\n"));
}

TEST_F(MetricsTest, DeadlineIsInSecondsFromNow) {
  metrics.set_deadline(BootTime{12'500'000'000});
  EXPECT_THAT(metrics.render(), HasSubstr("\nisat_deadline_seconds 2.5\n"));
  now = BootTime{14'000'000'000};
  EXPECT_THAT(metrics.render(), HasSubstr("\nisat_deadline_seconds -1.5\n"));
  metrics.set_deadline(BootTime{0});
  EXPECT_THAT(metrics.render(), HasSubstr("\nisat_deadline_seconds +Inf\n"));
}

TEST_F(MetricsTest, WhatTheSpeakerDoesIsCounted) {
  metrics.gratuitous_sent(Family::kIpv4);
  metrics.gratuitous_sent(Family::kIpv6);
  metrics.gratuitous_sent(Family::kIpv6);
  metrics.gratuitous_failed();
  metrics.reconciled(std::chrono::milliseconds(3), 2);
  metrics.event_seen(EVENT_YIELD);
  metrics.event_seen(EVENT_KIND_COUNT);  // another build's
  metrics.watch_restarted();
  metrics.set_announcements(4);
  metrics.set_announcement_failures(1);
  metrics.set_map_capacity("announced_v4", 65536);
  metrics.set_multicast_groups("joined", 12);
  metrics.set_source_in_touch(true);
  const auto text = metrics.render();
  for (const char* series :
       {"\nisat_gratuitous_sent_total{family=\"arp\"} 1\n",
        "\nisat_gratuitous_sent_total{family=\"ndp\"} 2\n", "\nisat_gratuitous_failed_total 1\n",
        "\nisat_reconcile_failures_total 2\n", "\nisat_reconcile_duration_seconds_sum 0.003\n",
        "\nisat_reconcile_duration_seconds_bucket{le=\"0.001\"} 0\n",
        "\nisat_reconcile_duration_seconds_bucket{le=\"0.005\"} 1\n",
        "\nisat_events_total{kind=\"yield\"} 1\n", "\nisat_events_total{kind=\"conflict\"} 0\n",
        "\nisat_watch_restarts_total 1\n", "\nisat_announcements 4\n",
        "\nisat_announcement_failures 1\n", "\nisat_map_capacity{map=\"announced_v4\"} 65536\n",
        "\nisat_multicast_groups{state=\"joined\"} 12\n", "\nisat_source_in_touch 1\n"}) {
    EXPECT_THAT(text, HasSubstr(series));
  }
}

// wire.md's spelling is what dashboards and alerts are written against.
TEST(OutcomeNames, AreTheOnesOfTheWireRules) {
  std::vector<std::string_view> names;
  for (int outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
    names.push_back(outcome_name(static_cast<isat_outcome>(outcome)));
  }
  EXPECT_THAT(names, testing::ElementsAre("other_traffic", "unsupported", "malformed", "conflict",
                                          "not_solicitation", "not_announced", "other_host",
                                          "silent", "no_room", "answered"));
  EXPECT_EQ(outcome_name(OUTCOME_COUNT), "unknown");
  EXPECT_EQ(family_name(FAMILY_OTHER), "other");
}

}  // namespace
}  // namespace isat
