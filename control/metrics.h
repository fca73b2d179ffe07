// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told: the responder's counters, read at scrape time, and the speaker's own.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "control/event_log.h"
#include "control/reconciler.h"
#include "dataplane/address.h"
#include "dataplane/data_plane.h"

namespace isat {

// Belongs to the loop: every member, render() too, is called on its thread only, so that a scrape
// never reads the data plane while the speaker changes it.
class Metrics {
 public:
  using BootClock = std::function<BootTime()>;

  // `data_plane` outlives the metrics; `now` reads CLOCK_BOOTTIME.
  Metrics(const DataPlane& data_plane, BootClock now);

  void gratuitous_sent(const Address& address);
  void gratuitous_failed();
  // One reconciliation: how long it took and how many entries failed in it.
  void reconciled(std::chrono::nanoseconds took, const Reconciler::Report& report);
  void event_seen(event_kind kind, Claimant claimant);
  void source_lost();
  void lease_renewed(std::chrono::nanoseconds took);
  void lease_failed();

  void set_announcements(std::size_t count);
  void set_announcement_failures(std::size_t count);  // wanted here, but not programmed now
  void set_members(std::size_t count);
  void set_deadline(BootTime deadline);  // zero = for ever
  void set_map_capacity(const std::string& map, std::size_t entries);
  void set_multicast_groups(const std::string& state, std::size_t count);
  void set_source_in_touch(bool in_touch);

  // Frames by address, since the start.
  [[nodiscard]] const std::map<Address, std::uint64_t>& gratuitous_frames() const {
    return gratuitous_frames_;
  }

  // `others` are shown beside ours. The exposition format, version 0.0.4. When the counters of the
  // responder cannot be read, they are missing, and a comment at the end says why; the rest is
  // still worth having.
  [[nodiscard]] std::string render(std::vector<prometheus::MetricFamily> others = {}) const;

 private:
  const DataPlane& data_plane_;
  BootClock now_;
  BootTime deadline_{0};

  prometheus::Registry registry_;
  std::array<prometheus::Counter*, 2> gratuitous_sent_;  // by Family
  std::map<Address, std::uint64_t> gratuitous_frames_;
  prometheus::Counter& gratuitous_failed_;
  prometheus::Counter& reconcile_failures_;
  prometheus::Histogram& reconcile_duration_;
  std::array<prometheus::Counter*, EVENT_KIND_COUNT> events_;
  std::array<prometheus::Counter*, 3> conflicts_;       // by Claimant
  std::array<prometheus::Counter*, 2> holder_changes_;  // gained, lost
  prometheus::Counter& source_losses_;
  prometheus::Gauge& announcements_;
  prometheus::Gauge& announcement_failures_;
  prometheus::Gauge& deadline_seconds_;
  prometheus::Family<prometheus::Gauge>& map_capacity_;
  prometheus::Family<prometheus::Gauge>& multicast_groups_;
  prometheus::Gauge& source_in_touch_;
  prometheus::Gauge& members_;
  prometheus::Counter& lease_failures_;
  prometheus::Histogram& lease_renewals_;
};

// isat_frames_total as Prometheus wants it: one series for every interface, family and outcome,
// zero ones too, so that rate() has a beginning. Slots of the same interface name are added up: a
// repeated series would make Prometheus refuse the whole scrape.
[[nodiscard]] prometheus::MetricFamily frames_total(const std::vector<InterfaceOutcomes>& outcomes);

}  // namespace isat
