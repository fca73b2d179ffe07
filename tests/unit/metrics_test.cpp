// SPDX-License-Identifier: Apache-2.0
// The text that Prometheus scrapes.
#include "control/metrics.h"

#include <gmock/gmock.h>

#include "control/announced_metrics.h"
#include "control/source_metrics.h"
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
        "\nisat_source_in_touch 0\n", "\nisat_source_losses_total 0\n", "\nisat_members 0\n",
        "\nisat_lease_renewal_failures_total 0\n", "\nisat_lease_renewal_seconds_count 0\n",
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
  EXPECT_THAT(text, HasSubstr("\n# isat_frames_total is missing: read outcomes: Input/output "
                              "error\n"));
  EXPECT_THAT(text, HasSubstr("\n# isat_answered_total and isat_map_entries are missing: "));
}

ActualAnnouncement announced(const std::string& address, InterfaceIndex interface,
                             std::uint64_t answered) {
  return {{{*Address::parse(address), interface}, {}}, false, answered};
}

TEST(AnsweredTotal, IsByAddressOverItsInterfaces) {
  const auto family = answered_total(
      {announced("192.0.2.1", 1, 3), announced("192.0.2.1", 2, 4), announced("2001:db8::1", 1, 5)});
  ASSERT_EQ(family.metric.size(), 2u);
  EXPECT_EQ(family.metric[0].label[0].value, "192.0.2.1");
  EXPECT_EQ(family.metric[0].counter.value, 7);
  EXPECT_EQ(family.metric[1].counter.value, 5);
}

TEST(AnsweredTotal, IsBoundedAndLosesNothing) {
  std::vector<ActualAnnouncement> many;
  for (int i = 0; i < 300; ++i) {
    many.push_back(
        announced("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256), 1, 1));
  }
  const auto family = answered_total(many);
  ASSERT_EQ(family.metric.size(), kAddressesShown + 1);
  EXPECT_EQ(family.metric.front().label[0].value, "10.0.0.0");
  EXPECT_EQ(family.metric.back().label[0].value, "others");
  EXPECT_EQ(family.metric.back().counter.value, 300 - static_cast<double>(kAddressesShown));
}

TEST(MapEntries, AreByMap) {
  const auto family = map_entries(
      {announced("192.0.2.1", 1, 0), announced("192.0.2.1", 2, 0), announced("2001:db8::1", 1, 0)});
  ASSERT_EQ(family.metric.size(), 2u);
  EXPECT_EQ(family.metric[0].label[0].value, "announced_v4");
  EXPECT_EQ(family.metric[0].gauge.value, 2);
  EXPECT_EQ(family.metric[1].gauge.value, 1);
}

TEST(WatchRestarts, AreByResourceAndCause) {
  SourceReport report;
  report.watch_restarts["services"] = {2, 1};
  const auto family = watch_restarts_total(report);
  ASSERT_EQ(family.metric.size(), 2u);
  EXPECT_EQ(family.metric[0].label[1].value, "normal");
  EXPECT_EQ(family.metric[0].counter.value, 2);
  EXPECT_EQ(family.metric[1].counter.value, 1);
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
  metrics.gratuitous_sent(*Address::parse("192.0.2.1"));
  metrics.gratuitous_sent(*Address::parse("2001:db8::1"));
  metrics.gratuitous_sent(*Address::parse("2001:db8::1"));
  metrics.gratuitous_failed();
  metrics.reconciled(std::chrono::milliseconds(3), {4, 1, 2, "a cause"});
  metrics.event_seen(EVENT_YIELD, Claimant::kRival);
  metrics.event_seen(EVENT_CONFLICT, Claimant::kPeer);
  metrics.event_seen(EVENT_CONFLICT, Claimant::kPeer);
  metrics.event_seen(EVENT_CONFLICT, Claimant::kRival);
  metrics.event_seen(EVENT_KIND_COUNT, Claimant::kRival);  // another build's
  metrics.source_lost();
  metrics.set_announcements(4);
  metrics.set_announcement_failures(1);
  metrics.set_map_capacity("announced_v4", 65536);
  metrics.set_multicast_groups("joined", 12);
  metrics.set_source_in_touch(true);
  const auto text = metrics.render();
  for (const char* series : {"\nisat_gratuitous_sent_total{family=\"arp\"} 1\n",
                             "\nisat_gratuitous_sent_total{family=\"ndp\"} 2\n",
                             "\nisat_gratuitous_failed_total 1\n",
                             "\nisat_reconcile_failures_total 2\n",
                             "\nisat_reconcile_duration_seconds_sum 0.003\n",
                             "\nisat_reconcile_duration_seconds_bucket{le=\"0.001\"} 0\n",
                             "\nisat_reconcile_duration_seconds_bucket{le=\"0.005\"} 1\n",
                             "\nisat_events_total{kind=\"yield\"} 1\n",
                             "\nisat_events_total{kind=\"conflict\"} 3\n",
                             "\nisat_conflicts_total{by=\"ours\"} 0\n",
                             "\nisat_conflicts_total{by=\"peer\"} 2\n",
                             "\nisat_conflicts_total{by=\"rival\"} 1\n",
                             "\nisat_holder_changes_total{change=\"gained\"} 4\n",
                             "\nisat_holder_changes_total{change=\"lost\"} 1\n",
                             "\nisat_source_losses_total 1\n",
                             "\nisat_announcements 4\n",
                             "\nisat_announcement_failures 1\n",
                             "\nisat_map_capacity{map=\"announced_v4\"} 65536\n",
                             "\nisat_multicast_groups{state=\"joined\"} 12\n",
                             "\nisat_source_in_touch 1\n"}) {
    EXPECT_THAT(text, HasSubstr(series));
  }
}

TEST_F(MetricsTest, MembersAndRenewalsAreCounted) {
  metrics.set_members(3);
  metrics.lease_renewed(std::chrono::milliseconds(20));
  metrics.lease_renewed(std::chrono::milliseconds(300));
  metrics.lease_failed();
  const auto text = metrics.render();
  for (const char* series :
       {"\nisat_members 3\n", "\nisat_lease_renewal_failures_total 1\n",
        "\nisat_lease_renewal_seconds_count 2\n", "\nisat_lease_renewal_seconds_sum 0.32\n",
        "\nisat_lease_renewal_seconds_bucket{le=\"0.01\"} 0\n",
        "\nisat_lease_renewal_seconds_bucket{le=\"0.025\"} 1\n",
        "\nisat_lease_renewal_seconds_bucket{le=\"0.5\"} 2\n"}) {
    EXPECT_THAT(text, HasSubstr(series));
  }
  metrics.set_members(2);
  EXPECT_THAT(metrics.render(), HasSubstr("\nisat_members 2\n"));
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
