// SPDX-License-Identifier: Apache-2.0
// The speaker's decisions: what to do when assignments, interfaces, configuration or time move on.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/assignment_source.h"
#include "control/assignments.h"
#include "control/attacher.h"
#include "control/configuration.h"
#include "control/event_log.h"
#include "control/membership.h"
#include "control/planner.h"
#include "control/reconciler.h"
#include "control/speaker_state.h"
#include "dataplane/data_plane.h"
#include "dataplane/event_reader.h"
#include "dataplane/gratuitous.h"
#include "dataplane/gratuitous_schedule.h"
#include "dataplane/interface_source.h"
#include "dataplane/multicast_groups.h"

namespace isat {

// What the speaker works with; everything outlives it.
struct SpeakerParts {
  DataPlane& data_plane;
  InterfaceSource& interfaces;
  MulticastGroups& groups;
  FrameSender& sender;
  AssignmentSource& source;
  const Membership& membership;
  spdlog::logger& log;
  std::function<std::chrono::steady_clock::time_point()> now;
};

// What others want to know as it happens; any of them may be empty.
struct SpeakerHooks {
  std::function<void(Family)> gratuitous_sent;
  std::function<void()> gratuitous_failed;
  std::function<void(std::chrono::nanoseconds took, std::size_t failures)> reconciled;
  // next_wake() may be earlier than it was.
  std::function<void()> wake_changed;
};

// Single-threaded; it never blocks and never sleeps: whoever owns the loop calls tick() at
// next_wake().
class Speaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Fails when the configuration's interface patterns are no regular expressions.
  [[nodiscard]] static Result<std::unique_ptr<Speaker>> make(SpeakerParts parts, SpeakerHooks hooks,
                                                             const Configuration& configuration);
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  // Adopts what an earlier speaker left, attaches, then starts the source.
  void start();
  // Leaves as `on_exit` says. Nothing may be called afterwards but snapshot().
  void stop();

  // The interface source's descriptor is readable. An error, already noted, means that it may still
  // be.
  Result<void> interfaces_changed();
  // A valid configuration: what can change does so without a gap, the rest is reported.
  void configure(const Configuration& next);
  // The file holds no valid configuration; the running one stays.
  void configuration_refused(const Error& error);
  // The responder reported something.
  void report(const Event& seen);

  // Does whatever is due.
  void tick();
  [[nodiscard]] TimePoint next_wake() const;

  // In force: the last valid configuration, less what needs a restart.
  [[nodiscard]] const Configuration& running() const { return running_; }
  [[nodiscard]] SpeakerState snapshot() const;

 private:
  Speaker(SpeakerParts parts, SpeakerHooks hooks, const Configuration& configuration,
          InterfaceFilter filter);

  [[nodiscard]] AnnouncementFollowers followers();
  void assignments_changed(const AssignmentChange& change);
  void touch_changed(bool in_touch, const std::string& cause);

  void vouch();
  void adopt();
  void full_pass();
  void mend();
  void judge_every_interface();
  void update_interface(InterfaceIndex index);
  void plan_address(const Address& address);
  void plan_interface(InterfaceIndex index);
  void settle();
  void settled(const Reconciler::Report& report, TimePoint started);
  void send(const AnnouncementKey& key, TimePoint now);
  void note(const std::string& object, const Result<void>& result);
  void wake();

  SpeakerParts parts_;
  SpeakerHooks hooks_;
  Configuration running_;
  std::vector<std::string> needs_restart_;

  Assignments assignments_;
  Planner planner_;
  Attacher attacher_;
  GratuitousSchedule schedule_;
  Reconciler reconciler_;
  EventLog events_;
  LogLimit send_failures_;

  bool has_view_ = false;  // the source has spoken
  bool adopted_ = false;
  bool judged_ = false;  // every interface, once
  bool in_touch_ = false;
  std::string out_of_touch_cause_ = "the source has not shown its first view yet";
  std::map<std::string, std::string> troubles_;  // those that belong to no entry and no interface

  bool groups_waiting_ = false;
  TimePoint next_groups_{};
  TimePoint next_full_pass_{};
};

}  // namespace isat
