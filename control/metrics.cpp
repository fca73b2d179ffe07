// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told.
#include "control/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <map>
#include <utility>

#include "control/announced_metrics.h"
#include "dataplane/event_reader.h"
#include "dataplane/outcome.h"

namespace isat {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return gauges(registry, name, help).Add({});
}

std::array<prometheus::Counter*, 2> gratuitous_counters(prometheus::Registry& registry) {
  auto& family = prometheus::BuildCounter()
                     .Name("isat_gratuitous_sent_total")
                     .Help("Gratuitous frames sent, by protocol.")
                     .Register(registry);
  const auto add = [&family](isat_family protocol) {
    return &family.Add({{"family", std::string(family_name(protocol))}});
  };
  return {add(FAMILY_ARP), add(FAMILY_NDP)};
}

std::array<prometheus::Counter*, EVENT_KIND_COUNT> event_counters(prometheus::Registry& registry) {
  auto& family = prometheus::BuildCounter()
                     .Name("isat_events_total")
                     .Help("Events the responder reported; it limits repeats to one a second.")
                     .Register(registry);
  std::array<prometheus::Counter*, EVENT_KIND_COUNT> counters{};
  for (std::size_t kind = 0; kind < counters.size(); ++kind) {
    const auto name = event_name(static_cast<event_kind>(kind));
    counters[kind] = &family.Add({{"kind", std::string(name)}});
  }
  return counters;
}

// One for each value of a label, in this order.
template <std::size_t N>
std::array<prometheus::Counter*, N> counters(prometheus::Registry& registry, const char* name,
                                             const char* help, const char* label,
                                             const std::array<const char*, N>& values) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  std::array<prometheus::Counter*, N> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = &family.Add({{label, values[i]}});
  return all;
}

// From a few entries changed (well under a millisecond) to a full pass over a full map.
prometheus::Histogram& reconcile_histogram(prometheus::Registry& registry) {
  return prometheus::BuildHistogram()
      .Name("isat_reconcile_duration_seconds")
      .Help("How long it took to make the map what it should be.")
      .Register(registry)
      .Add({}, prometheus::Histogram::BucketBoundaries{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05,
                                                       0.1, 0.5, 1, 5});
}

// From a round trip in the same rack to what a duration allows.
prometheus::Histogram& lease_histogram(prometheus::Registry& registry) {
  return prometheus::BuildHistogram()
      .Name("isat_lease_renewal_seconds")
      .Help("From sending a renewal of this node's Lease to seeing it come back.")
      .Register(registry)
      .Add({}, prometheus::Histogram::BucketBoundaries{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                                       2.5, 5});
}

}  // namespace

Metrics::Metrics(const DataPlane& data_plane, BootClock now)
    : data_plane_(data_plane),
      now_(std::move(now)),
      gratuitous_sent_(gratuitous_counters(registry_)),
      gratuitous_failed_(counter(registry_, "isat_gratuitous_failed_total",
                                 "Gratuitous frames that could not be sent.")),
      reconcile_failures_(counter(registry_, "isat_reconcile_failures_total",
                                  "Entries that could not be announced or withdrawn.")),
      reconcile_duration_(reconcile_histogram(registry_)),
      events_(event_counters(registry_)),
      conflicts_(counters<3>(registry_, "isat_conflicts_total",
                             "Conflicts reported, by whose the other MAC is: this node's own, a "
                             "member's by its Lease, or anybody else's.",
                             "by", {"ours", "peer", "rival"})),
      holder_changes_(counters<2>(registry_, "isat_holder_changes_total",
                                  "Announcements that began and ended on this node.", "change",
                                  {"gained", "lost"})),
      source_losses_(counter(registry_, "isat_source_losses_total",
                             "Times that the source of assignments was lost.")),
      announcements_(gauge(registry_, "isat_announcements", "Announcements in the map now.")),
      announcement_failures_(gauge(registry_, "isat_announcement_failures",
                                   "Announcements wanted on this node that are not in the map.")),
      deadline_seconds_(gauge(registry_, "isat_deadline_seconds",
                              "Seconds for which the announcements are still vouched for; "
                              "negative after the deadline, +Inf without one.")),
      map_capacity_(gauges(registry_, "isat_map_capacity", "Entries a map can hold.")),
      multicast_groups_(gauges(registry_, "isat_multicast_groups",
                               "Solicited-node groups of announced IPv6 addresses, by state.")),
      source_in_touch_(gauge(registry_, "isat_source_in_touch",
                             "1 while the source of assignments is in touch, else 0.")),
      members_(gauge(registry_, "isat_members", "Nodes whose speaker is alive, as seen here.")),
      lease_failures_(counter(registry_, "isat_lease_renewal_failures_total",
                              "Renewals of this node's Lease that failed.")),
      lease_renewals_(lease_histogram(registry_)) {
  gauges(registry_, "isat_build_info", "Always 1; the label carries the version.")
      .Add({{"version", ISAT_VERSION}})
      .Set(1);
}

void Metrics::gratuitous_sent(const Address& address) {
  gratuitous_sent_[static_cast<std::size_t>(address.family())]->Increment();
  gratuitous_frames_[address] += address.is_v4() ? 2 : 1;  // ARP has two forms
}

void Metrics::gratuitous_failed() {
  gratuitous_failed_.Increment();
}

void Metrics::reconciled(std::chrono::nanoseconds took, const Reconciler::Report& report) {
  reconcile_duration_.Observe(std::chrono::duration<double>(took).count());
  reconcile_failures_.Increment(static_cast<double>(report.failed));
  holder_changes_[0]->Increment(static_cast<double>(report.announced));
  holder_changes_[1]->Increment(static_cast<double>(report.withdrawn));
}

void Metrics::event_seen(event_kind kind, Claimant claimant) {
  // The kind comes out of a ring that another build's responder may have filled.
  if (kind < EVENT_KIND_COUNT) events_[kind]->Increment();
  if (kind == EVENT_CONFLICT) conflicts_.at(static_cast<std::size_t>(claimant))->Increment();
}

void Metrics::source_lost() {
  source_losses_.Increment();
}

void Metrics::lease_renewed(std::chrono::nanoseconds took) {
  lease_renewals_.Observe(std::chrono::duration<double>(took).count());
}

void Metrics::lease_failed() {
  lease_failures_.Increment();
}

void Metrics::set_members(std::size_t count) {
  members_.Set(static_cast<double>(count));
}

void Metrics::set_announcements(std::size_t count) {
  announcements_.Set(static_cast<double>(count));
}

void Metrics::set_announcement_failures(std::size_t count) {
  announcement_failures_.Set(static_cast<double>(count));
}

void Metrics::set_deadline(BootTime deadline) {
  deadline_ = deadline;
}

void Metrics::set_map_capacity(const std::string& map, std::size_t entries) {
  map_capacity_.Add({{"map", map}}).Set(static_cast<double>(entries));
}

void Metrics::set_multicast_groups(const std::string& state, std::size_t count) {
  multicast_groups_.Add({{"state", state}}).Set(static_cast<double>(count));
}

void Metrics::set_source_in_touch(bool in_touch) {
  source_in_touch_.Set(in_touch ? 1 : 0);
}

std::string Metrics::render(std::vector<prometheus::MetricFamily> others) const {
  // CLOCK_BOOTTIME means nothing to whoever scrapes; the seconds left do.
  const double left = static_cast<double>(deadline_.count()) - static_cast<double>(now_().count());
  deadline_seconds_.Set(deadline_.count() == 0 ? std::numeric_limits<double>::infinity()
                                               : left / 1e9);
  auto families = registry_.Collect();
  families.insert(families.end(), others.begin(), others.end());
  std::string apology;
  if (const auto outcomes = data_plane_.outcomes()) {
    families.push_back(frames_total(*outcomes));
  } else {
    apology = "# isat_frames_total is missing: " + outcomes.error().message + "\n";
  }
  if (const auto announced = data_plane_.announcements()) {
    families.push_back(answered_total(*announced));
    families.push_back(map_entries(*announced));
  } else {
    apology +=
        "# isat_answered_total and isat_map_entries are missing: " + announced.error().message +
        "\n";
  }
  return prometheus::TextSerializer().Serialize(families) + apology;
}

prometheus::MetricFamily frames_total(const std::vector<InterfaceOutcomes>& outcomes) {
  std::map<std::string, OutcomeCounts> by_name;
  for (const auto& interface : outcomes) {
    auto& sums = by_name[interface.name];
    for (std::size_t family = 0; family < FAMILY_COUNT; ++family) {
      for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
        sums[family][outcome] += interface.counts[family][outcome];
      }
    }
  }
  prometheus::MetricFamily frames{"isat_frames_total",
                                  "Frames seen by the responder, by what came of them.",
                                  prometheus::MetricType::Counter,
                                  {}};
  for (const auto& [name, sums] : by_name) {
    for (std::size_t family = 0; family < FAMILY_COUNT; ++family) {
      for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
        prometheus::ClientMetric series;
        series.label = {{"interface", name},
                        {"family", std::string(family_name(static_cast<isat_family>(family)))},
                        {"outcome", std::string(outcome_name(static_cast<isat_outcome>(outcome)))}};
        series.counter.value = static_cast<double>(sums[family][outcome]);
        frames.metric.push_back(std::move(series));
      }
    }
  }
  return frames;
}

}  // namespace isat
