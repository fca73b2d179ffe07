// SPDX-License-Identifier: Apache-2.0
// The speaker's decisions.
#include "control/speaker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "control/reconfiguration.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

// Slow enough to cost nothing, soon enough that a hand in the map is mended within a minute.
constexpr auto kFullPassEvery = 60s;
// Joins are slow by the thousand (20,000 took 4.5 s).
constexpr std::size_t kGroupsAtOnce = 64;
constexpr auto kGroupsPause = 10ms;
// Two tries more for what failed, and less than most Leases last: what answers from maps of another
// layout meanwhile does so by a view that is not kept.
constexpr auto kCommitPatience = 4s;

// No error, as one may come later; but a misspelt name must not look like success.
void warn_if_none(const ServedInterfaces& served, spdlog::logger& log) {
  if (!served.empty()) return;
  log.warn("no interface is served: none that is up fits `interfaces` and `exclude_interfaces`");
}

}  // namespace

Result<std::unique_ptr<Speaker>> Speaker::make(SpeakerParts parts, SpeakerHooks hooks,
                                               const Configuration& configuration) {
  auto filter = InterfaceFilter::make(configuration.interfaces, configuration.exclude_interfaces);
  if (!filter) return tl::unexpected(filter.error());
  return std::unique_ptr<Speaker>(
      new Speaker(std::move(parts), std::move(hooks), configuration, std::move(*filter)));
}

Speaker::Speaker(SpeakerParts parts, SpeakerHooks hooks, const Configuration& configuration,
                 InterfaceFilter filter)
    : parts_(std::move(parts)),
      hooks_(std::move(hooks)),
      running_(configuration),
      attacher_(parts_.data_plane, std::move(filter), configuration.attach, parts_.log),
      herald_(parts_.sender, parts_.data_plane, configuration.announce,
              {hooks_.gratuitous_sent, hooks_.gratuitous_failed}, parts_.log),
      reconciler_(parts_.data_plane, followers()),
      claims_(parts_.membership, attacher_.served(), reconciler_, parts_.boot_now),
      events_(parts_.interfaces, parts_.membership, parts_.log) {}

AnnouncementFollowers Speaker::followers() {
  AnnouncementFollowers followers;
  followers.joined = [this](const AnnouncementKey& key) {
    parts_.groups.join(key);
    groups_waiting_ = true;
  };
  followers.left = [this](const AnnouncementKey& key) {
    herald_.forget(key);
    parts_.groups.leave(key);
    groups_waiting_ = true;
  };
  // Who observes announces nothing; the groups are joined all the same, to hear what would be
  // asked.
  if (running_.mode == Mode::kObserve) {
    followers.gained = followers.resumed = [](const AnnouncementKey&) {};
    return followers;
  }
  followers.gained = [this](const AnnouncementKey& key) {
    herald_.schedule().begin(key, parts_.now(), parts_.membership.last_word());
  };
  followers.resumed = [this](const AnnouncementKey& key) {
    herald_.schedule().resume(key, parts_.now());
  };
  return followers;
}

void Speaker::start() {
  begin_vouching();
  adopt();
  judge_every_interface();
  judged_ = true;
  publish();
  warn_if_none(attacher_.served(), parts_.log);
  settle();
  next_full_pass_ = parts_.now() + kFullPassEvery;
  parts_.source.start(
      {[this](const AssignmentChange& change) { assignments_changed(change); },
       [this](bool in_touch, const std::string& cause) { touch_changed(in_touch, cause); }});
  wake();
}

void Speaker::assignments_changed(const AssignmentChange& change) {
  const auto touched = claims_.apply(change);
  const bool first = !std::exchange(source_view_, true);
  if (first) {
    in_touch_ = true;
    out_of_touch_cause_.clear();
    parts_.log.info("whole view of the source: {} assignments", claims_.assignments().size());
  }
  // No sooner: others would count on a node that does not know yet what it is to hold.
  if (!std::exchange(joins_, true) && !drained_) return join();
  if (!has_view()) return;
  if (first) {
    view_gained();
  } else {
    claims_.plan(touched);
    settle();
  }
  wake();
}

void Speaker::touch_changed(bool in_touch, const std::string& cause) {
  out_of_touch_cause_ = cause;
  if (std::exchange(in_touch_, in_touch) != in_touch) {
    if (in_touch) {
      parts_.log.info("in touch with the source again");
    } else {
      parts_.log.warn("on our own, with the last view: {}", cause);
      if (hooks_.source_lost) hooks_.source_lost();
    }
  }
  wake();
}

Result<void> Speaker::interfaces_changed() {
  const auto changed = parts_.interfaces.process();
  auto done = changed ? Result<void>{} : tl::unexpected(changed.error());
  note("interfaces", done);
  if (!changed) return done;
  for (const auto index : *changed) update_interface(index);
  publish();
  settle();
  wake();
  return {};
}

void Speaker::judge_every_interface() {
  std::set<InterfaceIndex> indices;
  for (const auto& [index, interface] : parts_.interfaces.all()) indices.insert(index);
  for (const auto& attachment : parts_.data_plane.attachments()) {
    indices.insert(attachment.interface);  // of an earlier speaker, whose interface went meanwhile
  }
  for (const auto index : indices) update_interface(index);
}

void Speaker::update_interface(InterfaceIndex index) {
  const auto lookup = [&](const auto& interfaces) {
    const auto found = interfaces.find(index);
    return found == interfaces.end() ? std::nullopt : std::optional<Interface>(found->second);
  };
  const auto present = lookup(parts_.interfaces.all());
  const auto before = lookup(attacher_.served());
  attacher_.update(index, present ? &*present : nullptr, parts_.now());
  const auto after = lookup(attacher_.served());
  if (!before && !after) return;

  const bool reconnected = after && after->carrier && (!before || !before->carrier);
  if (judged_ && reconnected && lapsed()) {
    // While nothing could be heard here somebody else may have announced what we answer for.
    reconciler_.desire(index, {});
    return;
  }
  if (!before || !after || before->name != after->name || before->mac != after->mac) {
    plan_interface(index);
  }
  if (!before || !after) return;
  if (before->mac != after->mac) {
    parts_.groups.rejoin(index);
    groups_waiting_ = true;
  }
  // The other end may be another switch now, and has forgotten us in any case.
  if (reconnected) reconciler_.tell_again(index);
}

void Speaker::plan_interface(InterfaceIndex index) {
  if (has_view()) {
    claims_.plan(index);
    return;
  }
  // No plan without a view: what was adopted stays, with the MAC the interface has now.
  const auto found = attacher_.served().find(index);
  if (found != attacher_.served().end()) reconciler_.desire_mac(index, found->second.mac);
}

void Speaker::settle() {
  const auto started = parts_.now();
  settled(reconciler_.settle(started), started);
}

void Speaker::settled(const Reconciler::Report& report, TimePoint started) {
  if (vouching_waits_) vouch();
  stick();
  commit();
  if (report.idle()) return;
  if (hooks_.reconciled) hooks_.reconciled(parts_.now() - started, report);
  if (report.announced + report.withdrawn > 0) {
    parts_.log.info("announced {}, withdrew {}; {} announcements now", report.announced,
                    report.withdrawn, reconciler_.announced_count());
  }
  if (report.failed > 0) {
    parts_.log.error("{} announcements failed and will be tried again; the first: {}",
                     report.failed, report.first_failure);
  }
}

void Speaker::full_pass() {
  vouch();
  groups_waiting_ = true;  // joins that failed are tried again when nothing else is to be done
  judge_every_interface();
  publish();
  if (has_view()) {
    mend();
    return;
  }
  if (!adopted_) adopt();
  settle();
}

void Speaker::mend() {
  const auto started = parts_.now();
  if (!commit_by_) commit_by_ = started + kCommitPatience;
  const auto report = reconciler_.full_pass(started);
  note("map", report ? Result<void>{} : tl::unexpected(report.error()));
  if (report) {
    settled(*report, started);
  } else {
    settle();  // by what is believed to be there; the next pass will tell
  }
}

// Answers from maps of another layout end here, once the new ones hold all that they should; or
// without what cannot be had, as with a capacity that is too small now.
void Speaker::commit() {
  if (!commit_by_ || (reconciler_.failure_count() > 0 && parts_.now() < *commit_by_)) return;
  commit_by_.reset();
  note("pins", parts_.data_plane.commit());
}

void Speaker::tick() {
  const auto now = parts_.now();
  for (const auto index : attacher_.due(now)) update_interface(index);
  publish();
  claims_.give_up_overdue();
  settle();
  settled(reconciler_.retry(now), now);
  if (now >= next_full_pass_) {
    next_full_pass_ = now + kFullPassEvery;
    full_pass();
  }
  if (groups_waiting_ && now >= next_groups_) {
    groups_waiting_ = parts_.groups.work(kGroupsAtOnce);
    next_groups_ = now + kGroupsPause;
  }
  // Without a view somebody else may hold it: what is due then waits.
  if (has_view()) herald_.tell(reconciler_, attacher_.served(), now);
}

Speaker::TimePoint Speaker::next_wake() const {
  auto next = next_full_pass_;
  const auto consider = [&](std::optional<TimePoint> when) {
    if (when) next = std::min(next, *when);
  };
  consider(reconciler_.next_retry());
  consider(attacher_.next_retry());
  if (groups_waiting_) consider(next_groups_);
  consider(commit_by_);
  if (has_view()) consider(herald_.next_due());
  if (const auto due = claims_.next_overdue()) {
    const auto now = parts_.boot_now();
    consider(parts_.now() + std::chrono::nanoseconds(*due > now ? *due - now : BootTime(0)));
  }
  return next;
}

void Speaker::configure(const Configuration& next) {
  auto filter = InterfaceFilter::make(next.interfaces, next.exclude_interfaces);
  if (!filter) {
    configuration_refused(filter.error());
    return;
  }
  auto [effective, needs_restart] = reconfigure(running_, next);
  running_ = std::move(effective);
  needs_restart_ = std::move(needs_restart);
  note("configuration", {});
  for (const auto& field : needs_restart_) {
    parts_.log.warn("configuration: {} changed; it needs a restart, until then the old value stays",
                    field);
  }
  parts_.log.set_level(spdlog::level::from_str(running_.log_level));
  herald_.set_settings(running_.announce);
  reconciler_.resume();
  attacher_.choose(std::move(*filter));
  judge_every_interface();
  publish();
  warn_if_none(attacher_.served(), parts_.log);
  settle();
  parts_.log.info("configuration applied");
  wake();
}

void Speaker::configuration_refused(const Error& error) {
  // The file says each refusal once, and once more when a signal asks for it.
  troubles_.erase("configuration");
  note("configuration", tl::unexpected(error));
}

Claimant Speaker::report(const Event& seen) {
  const auto claimant = events_.report(seen, parts_.now());
  if (claimant == Claimant::kOurs || seen.kind != EVENT_CONFLICT) return claimant;
  claims_.heard(seen.address, seen.mac, BootTime(seen.boot_ns));
  settle();
  wake();
  return claimant;
}

void Speaker::note(const std::string& object, const Result<void>& result) {
  if (result) {
    troubles_.erase(object);
    return;
  }
  const auto& cause = result.error().message;
  const auto before = std::exchange(troubles_[object], cause);
  if (before != cause) parts_.log.error("{}", cause);  // once, not at every try
}

SpeakerState Speaker::snapshot() const {
  SpeakerState state;
  state.ready = (viewed_ || drained_) && judged_;
  state.in_touch = in_touch_;
  state.cause = out_of_touch_cause_;
  state.deadline = parts_.membership.deadline();
  state.assignments = claims_.assignments().size();
  state.announcements = reconciler_.announced_count();
  state.announcement_failures = reconciler_.failure_count();
  state.needs_restart = needs_restart_;
  state.failures = troubles_;
  for (const auto& [name, cause] : attacher_.failures()) {
    state.failures.emplace("interface " + name, cause);
  }
  if (const auto groups = parts_.groups.failures(); !groups.empty()) {
    state.failures.emplace(
        "multicast groups",
        std::to_string(groups.size()) + " not joined; the first: " + groups.front().message);
  }
  const auto& all = parts_.interfaces.all();
  const auto name = [&](InterfaceIndex index) {
    const auto found = all.find(index);
    return found == all.end() ? "#" + std::to_string(index) : found->second.name;
  };
  for (const auto& [key, cause] : reconciler_.failures()) {
    state.failures.emplace(key.address.to_string() + " on " + name(key.interface), cause);
  }
  for (const auto& [key, cause] : herald_.failures()) {
    state.failures.emplace(telling_of(key.address, name(key.interface)), cause);
  }
  return state;
}

std::optional<Holdings> Speaker::holdings() const {
  if (drained_ || running_.mode == Mode::kObserve) return Holdings{};
  if (!has_view() || lapsed()) return std::nullopt;
  return claims_.holdings();
}

void Speaker::wake() {
  if (hooks_.wake_changed) hooks_.wake_changed();
}

}  // namespace isat
