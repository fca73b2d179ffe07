// SPDX-License-Identifier: Apache-2.0
// The speaker's decisions: what to do when assignments, interfaces, configuration or time move on.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/assignment_source.h"
#include "control/attacher.h"
#include "control/claims.h"
#include "control/configuration.h"
#include "control/event_log.h"
#include "control/herald.h"
#include "control/membership.h"
#include "control/reconciler.h"
#include "control/speaker_state.h"
#include "dataplane/data_plane.h"
#include "dataplane/event_reader.h"
#include "dataplane/gratuitous.h"
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
  Membership& membership;
  spdlog::logger& log;
  std::function<std::chrono::steady_clock::time_point()> now;
  std::function<BootTime()> boot_now;  // the deadline's clock
};

// What others want to know as it happens; any of them may be empty.
struct SpeakerHooks {
  std::function<void(const Address&)> gratuitous_sent;  // a round, successfully
  std::function<void()> gratuitous_failed;
  std::function<void(std::chrono::nanoseconds took, const Reconciler::Report& report)> reconciled;
  std::function<void()> source_lost;
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

  // Adopts what an earlier speaker left, attaches, then starts the source and the membership.
  void start();
  // Leaves as `on_exit` says; `left` is called once the others know, at once or later. Nothing may
  // be called afterwards but snapshot() and holdings().
  void stop(std::function<void()> left);

  // Withdraws everything and leaves the membership; claims nothing until undrain(). `drained` is
  // called once the others know.
  void drain(std::function<void()> drained);
  void undrain();
  [[nodiscard]] bool is_drained() const { return drained_; }

  // The interface source's descriptor is readable. An error, already noted, means that it may still
  // be.
  Result<void> interfaces_changed();
  // A valid configuration: what can change does so without a gap, the rest is reported.
  void configure(const Configuration& next);
  // The file holds no valid configuration; the running one stays.
  void configuration_refused(const Error& error);
  // The responder reported something; whose claim is it?
  Claimant report(const Event& seen);

  // Does whatever is due.
  void tick();
  [[nodiscard]] TimePoint next_wake() const;

  // In force: the last valid configuration, less what needs a restart.
  [[nodiscard]] const Configuration& running() const { return running_; }
  [[nodiscard]] SpeakerState snapshot() const;
  [[nodiscard]] const Assignments& assignments() const { return claims_.assignments(); }
  // Nothing while this node cannot know what it holds. They may be others after each wake_changed()
  // and reconciled().
  [[nodiscard]] std::optional<Holdings> holdings() const;
  // Of every address assigned; work grows with addresses and members.
  [[nodiscard]] std::vector<AddressAccount> accounts() { return claims_.accounts(); }

 private:
  Speaker(SpeakerParts parts, SpeakerHooks hooks, const Configuration& configuration,
          InterfaceFilter filter);

  [[nodiscard]] AnnouncementFollowers followers();
  void assignments_changed(const AssignmentChange& change);
  void touch_changed(bool in_touch, const std::string& cause);

  void join();
  void begin_vouching();
  void stick();
  void vouch();
  [[nodiscard]] bool lapsed() const;
  void members_changed();
  void view_lost();
  // Of the source and of the members, and others rely on it.
  [[nodiscard]] bool has_view() const { return source_view_ && member_view_ && !lapsed(); }
  void view_gained();
  void publish();
  void adopt();
  void full_pass();
  void mend();
  void commit();
  void judge_every_interface();
  void update_interface(InterfaceIndex index);
  void plan_interface(InterfaceIndex index);
  void settle();
  void settled(const Reconciler::Report& report, TimePoint started);
  void note(const std::string& object, const Result<void>& result);
  void wake();

  SpeakerParts parts_;
  SpeakerHooks hooks_;
  Configuration running_;
  std::vector<std::string> needs_restart_;

  Attacher attacher_;
  Herald herald_;
  Reconciler reconciler_;
  Claims claims_;
  EventLog events_;

  // Nothing is claimed, and nothing adopted is withdrawn, before both have shown theirs.
  bool source_view_ = false;
  bool member_view_ = false;
  bool joins_ = false;     // as soon as the source has shown its first view
  bool outdated_ = false;  // the source's view, for the members' was lost since
  bool viewed_ = false;    // both, once
  bool drained_ = false;
  bool vouching_waits_ = false;
  // What it is known to stick to, by held_generation(); zero = nothing was said yet, absent =
  // nothing is known.
  std::optional<std::uint64_t> stuck_ = 0;
  std::optional<std::vector<MemberInterface>> published_;
  bool adopted_ = false;
  bool judged_ = false;  // every interface, once
  bool in_touch_ = false;
  std::string out_of_touch_cause_ = "the source has not shown its first view yet";
  std::map<std::string, std::string> troubles_;  // those that belong to no entry and no interface

  bool groups_waiting_ = false;
  TimePoint next_groups_{};
  TimePoint next_full_pass_{};
  std::optional<TimePoint> commit_by_;  // absent = nothing is waiting to be committed
};

}  // namespace isat
