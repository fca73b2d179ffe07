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
// At one go, before the loop sees to its other work; the schedule itself spreads bursts.
constexpr std::size_t kGratuitousAtOnce = 64;
// Joins are slow by the thousand (20,000 took 4.5 s).
constexpr std::size_t kGroupsAtOnce = 64;
constexpr auto kGroupsPause = 10ms;

GratuitousTiming timing_of(const AnnounceSettings& settings) {
  GratuitousTiming timing;
  timing.rounds = settings.rounds;
  timing.interval = settings.interval;
  timing.refresh = settings.refresh;
  return timing;
}

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
      planner_(parts_.membership.node()),
      attacher_(parts_.data_plane, std::move(filter), configuration.attach, parts_.log),
      schedule_(timing_of(configuration.announce)),
      reconciler_(parts_.data_plane, followers()),
      events_(parts_.interfaces, parts_.log) {}

AnnouncementFollowers Speaker::followers() {
  AnnouncementFollowers followers;
  followers.joined = [this](const AnnouncementKey& key) {
    parts_.groups.join(key);
    groups_waiting_ = true;
  };
  followers.left = [this](const AnnouncementKey& key) {
    schedule_.end(key);
    parts_.groups.leave(key);
    groups_waiting_ = true;
  };
  // Who observes announces nothing; the groups are joined all the same, to hear what would be
  // asked.
  if (running_.mode == Mode::kObserve) {
    followers.gained = followers.resumed = [](const AnnouncementKey&) {};
    return followers;
  }
  followers.gained = [this](const AnnouncementKey& key) { schedule_.begin(key, parts_.now()); };
  followers.resumed = [this](const AnnouncementKey& key) { schedule_.resume(key, parts_.now()); };
  return followers;
}

void Speaker::start() {
  vouch();
  adopt();
  judge_every_interface();
  judged_ = true;
  warn_if_none(attacher_.served(), parts_.log);
  settle();
  next_full_pass_ = parts_.now() + kFullPassEvery;
  parts_.source.start(
      {[this](const AssignmentChange& change) { assignments_changed(change); },
       [this](bool in_touch, const std::string& cause) { touch_changed(in_touch, cause); }});
  wake();
}

void Speaker::stop() {
  parts_.source.stop();
  if (running_.on_exit == OnExit::kKeep) {
    parts_.log.info("leaving; what is announced goes on being answered");
    return;
  }
  reconciler_.desire_nothing();
  settle();
  for (const auto& attachment : parts_.data_plane.attachments()) {
    if (const auto done = parts_.data_plane.detach(attachment.interface); !done) {
      parts_.log.error("{}", done.error().message);
    }
  }
  parts_.log.info("leaving; nothing is answered any more");
}

void Speaker::vouch() {
  note("deadline", parts_.data_plane.vouch_until(parts_.membership.deadline()));
}

// An earlier speaker's announcements are answered on until the source has shown its first view: an
// API that is away at start must not withdraw them. Their groups went with that speaker's sockets.
void Speaker::adopt() {
  const auto done = reconciler_.adopt();
  note("map", done);
  if (!done) return;
  adopted_ = true;
  if (const auto count = reconciler_.announced_count(); count > 0) {
    parts_.log.info("adopted {} announcements", count);
  }
}

void Speaker::assignments_changed(const AssignmentChange& change) {
  auto touched = assignments_.apply(change);
  const bool first = !std::exchange(has_view_, true);
  if (first) {
    in_touch_ = true;
    out_of_touch_cause_.clear();
    touched = reconciler_.addresses();  // what was adopted is now wanted, or not
    for (const auto& [address, owners] : assignments_.by_address()) touched.insert(address);
    parts_.log.info("first view of the source: {} assignments", assignments_.size());
  }
  for (const auto& address : touched) plan_address(address);
  if (first) {
    mend();
  } else {
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
    }
  }
  wake();
}

Result<void> Speaker::interfaces_changed() {
  const auto changed = parts_.interfaces.process();
  const auto done = changed ? Result<void>{} : tl::unexpected(changed.error());
  note("interfaces", done);
  if (!changed) return done;
  for (const auto index : *changed) update_interface(index);
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

  if (!before || !after || before->name != after->name || before->mac != after->mac) {
    plan_interface(index);
  }
  if (!before || !after) return;
  if (before->mac != after->mac) {
    parts_.groups.rejoin(index);
    groups_waiting_ = true;
  }
  // The other end may be another switch now, and has forgotten us in any case.
  if (!before->carrier && after->carrier) reconciler_.tell_again(index);
}

void Speaker::plan_address(const Address& address) {
  reconciler_.desire(address, planner_.plan(address, assignments_.owners(address),
                                            parts_.membership.candidates(), attacher_.served()));
}

void Speaker::plan_interface(InterfaceIndex index) {
  ServedInterfaces served;
  if (const auto found = attacher_.served().find(index); found != attacher_.served().end()) {
    served.insert(*found);
  }
  if (!has_view_) {
    // No plan without a view: what was adopted stays, with the MAC the interface has now.
    if (!served.empty()) reconciler_.desire_mac(index, served.begin()->second.mac);
    return;
  }
  std::vector<Announcement> announcements;
  for (const auto& [address, owners] : assignments_.by_address()) {
    const auto planned = planner_.plan(address, owners, parts_.membership.candidates(), served);
    announcements.insert(announcements.end(), planned.begin(), planned.end());
  }
  reconciler_.desire(index, announcements);
}

void Speaker::settle() {
  const auto started = parts_.now();
  settled(reconciler_.settle(started), started);
}

void Speaker::settled(const Reconciler::Report& report, TimePoint started) {
  if (report.idle()) return;
  if (hooks_.reconciled) hooks_.reconciled(parts_.now() - started, report.failed);
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
  if (has_view_) {
    mend();
    return;
  }
  if (!adopted_) adopt();
  settle();
}

void Speaker::mend() {
  const auto started = parts_.now();
  const auto report = reconciler_.full_pass(started);
  note("map", report ? Result<void>{} : tl::unexpected(report.error()));
  if (report) {
    settled(*report, started);
  } else {
    settle();  // by what is believed to be there; the next pass will tell
  }
  // Answers from maps of another layout end here, now that the new ones are filled.
  note("pins", parts_.data_plane.commit());
}

void Speaker::tick() {
  const auto now = parts_.now();
  for (const auto index : attacher_.due(now)) update_interface(index);
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
  for (const auto& key : schedule_.due(now, kGratuitousAtOnce)) send(key, now);
}

void Speaker::send(const AnnouncementKey& key, TimePoint now) {
  // Before every round anew: is it still ours, and would anybody hear?
  const auto announcement = reconciler_.announced(key);
  const auto interface = attacher_.served().find(key.interface);
  if (!announcement || interface == attacher_.served().end() || !interface->second.carrier) return;
  const auto sent = parts_.sender.send(*announcement);
  if (sent) {
    if (hooks_.gratuitous_sent) hooks_.gratuitous_sent(key.address.family());
    return;
  }
  if (hooks_.gratuitous_failed) hooks_.gratuitous_failed();
  if (const auto kept_back = send_failures_.admit(now)) {
    parts_.log.warn("{} ({} like it not logged)", sent.error().message, *kept_back);
  }
}

Speaker::TimePoint Speaker::next_wake() const {
  auto next = next_full_pass_;
  const auto consider = [&](std::optional<TimePoint> when) {
    if (when) next = std::min(next, *when);
  };
  consider(reconciler_.next_retry());
  consider(attacher_.next_retry());
  if (groups_waiting_) consider(next_groups_);
  consider(schedule_.next_due());
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
  schedule_.set_timing(timing_of(running_.announce));
  reconciler_.resume();
  attacher_.choose(std::move(*filter));
  judge_every_interface();
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

void Speaker::report(const Event& seen) {
  events_.report(seen, parts_.now());
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
  state.ready = has_view_ && judged_;
  state.in_touch = in_touch_;
  state.cause = out_of_touch_cause_;
  state.deadline = parts_.membership.deadline();
  state.assignments = assignments_.size();
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
  for (const auto& [key, cause] : reconciler_.failures()) {
    const auto found = all.find(key.interface);
    const auto name = found == all.end() ? "#" + std::to_string(key.interface) : found->second.name;
    state.failures.emplace(key.address.to_string() + " on " + name, cause);
  }
  return state;
}

void Speaker::wake() {
  if (hooks_.wake_changed) hooks_.wake_changed();
}

}  // namespace isat
