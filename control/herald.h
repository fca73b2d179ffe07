// SPDX-License-Identifier: Apache-2.0
// Tells the neighbours what this node announces: whatever the schedule says is due, if it is still
// so.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "control/configuration.h"
#include "control/log_limit.h"
#include "control/planner.h"
#include "control/reconciler.h"
#include "dataplane/data_plane.h"
#include "dataplane/gratuitous.h"
#include "dataplane/gratuitous_schedule.h"

namespace isat {

class Herald {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Either may be empty.
  struct Hooks {
    std::function<void(const Address&)> sent;  // a round, successfully
    std::function<void()> failed;
  };

  // `sender`, `data_plane`, which is told of what the neighbours know, and `log` outlive the
  // herald.
  Herald(FrameSender& sender, DataPlane& data_plane, const AnnounceSettings& settings, Hooks hooks,
         spdlog::logger& log);

  void set_settings(const AnnounceSettings& settings);
  [[nodiscard]] GratuitousSchedule& schedule() { return schedule_; }
  [[nodiscard]] std::optional<TimePoint> next_due() const { return schedule_.next_due(); }

  // It is not announced any more.
  void forget(const AnnouncementKey& key);
  // Why the latest frame about it could not be sent; none for what was sent, or is not due yet.
  [[nodiscard]] const std::map<AnnouncementKey, std::string>& failures() const { return failures_; }

  // Sends what is due. Before every round anew: is it still ours, and would anybody hear?
  void tell(const Reconciler& reconciler, const ServedInterfaces& served, TimePoint now);

 private:
  [[nodiscard]] Result<void> send(const Announcement& announcement);

  FrameSender& sender_;
  DataPlane& data_plane_;
  Hooks hooks_;
  spdlog::logger& log_;
  GratuitousSchedule schedule_;
  std::map<AnnouncementKey, std::string> failures_;
  LogLimit limit_;
};

}  // namespace isat
