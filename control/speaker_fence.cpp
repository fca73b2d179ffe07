// SPDX-License-Identifier: Apache-2.0
// The speaker and its membership: no claim without a view, no word past the deadline.
#include <spdlog/spdlog.h>

#include <optional>
#include <set>
#include <utility>

#include "control/speaker.h"

namespace isat {
namespace {

// A Lease is written often and read by all. Who has more is judged by none.
constexpr std::size_t kMostSubnets = 16;

std::optional<std::set<Subnet>> networks_of(const Interface& interface) {
  std::set<Subnet> networks;
  for (const auto& subnet : interface.subnets) networks.insert(subnet.network());
  if (networks.size() > kMostSubnets) return std::nullopt;
  return networks;
}

}  // namespace

void Speaker::join() {
  Membership::Listener listener;
  listener.members_changed = [this] { members_changed(); };
  listener.deadline_moved = [this] { vouch(); };
  listener.view_lost = [this] { view_lost(); };
  listener.troubled = [this](const std::string& cause) {
    note("membership", cause.empty() ? Result<void>{} : fail(cause));
  };
  parts_.membership.start(std::move(listener));
}

void Speaker::drain(std::function<void()> drained) {
  drained_ = true;
  member_view_ = false;
  reconciler_.desire_nothing();
  settle();
  parts_.log.info("drained: this node claims no address");
  parts_.membership.leave(Membership::Leave::kForGood, {}, std::move(drained));
  wake();
}

void Speaker::undrain() {
  drained_ = false;
  parts_.log.info("no longer drained");
  if (joins_) join();
  wake();
}

void Speaker::stop(std::function<void()> left) {
  parts_.source.stop();
  if (running_.on_exit == OnExit::kKeep) {
    parts_.log.info("leaving; what is announced goes on being answered");
    const auto held = reconciler_.held();
    if (!held) parts_.log.error("{}", held.error().message);
    parts_.membership.leave(Membership::Leave::kForAWhile, held ? *held : reconciler_.addresses(),
                            std::move(left));
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
  parts_.membership.leave(Membership::Leave::kForGood, {}, std::move(left));
}

// What an earlier speaker vouched for stays vouched for until then; but if that was for ever, and
// this one has a deadline, it has passed until we are a member.
void Speaker::begin_vouching() {
  const auto until = parts_.data_plane.vouched_until();
  note("deadline", until ? Result<void>{} : tl::unexpected(until.error()));
  if (!until || until->count() == 0) vouch();
}

bool Speaker::lapsed() const {
  const auto deadline = parts_.membership.deadline();
  return deadline.count() != 0 && deadline <= parts_.boot_now();
}

void Speaker::members_changed() {
  const bool first = !std::exchange(member_view_, true);
  if (std::exchange(outdated_, false)) {
    source_view_ = false;
    parts_.source.refresh();
  }
  if (!has_view()) return;
  if (first) {
    view_gained();
  } else {
    claims_.plan_all();
    settle();
  }
  wake();
}

void Speaker::view_lost() {
  member_view_ = false;
  outdated_ = true;
  stick();
  parts_.log.warn(
      "out of touch with the other nodes, and the deadline has passed: what is announced {}",
      running_.after_deadline == AfterDeadline::kSilent
          ? "is not answered any more"
          : "is answered until somebody else announces it");
}

void Speaker::view_gained() {
  viewed_ = true;
  claims_.plan(reconciler_.addresses());  // what was adopted is now wanted, or not
  claims_.plan_all();
  mend();
  if (parts_.membership.was_given_up()) reconciler_.tell_again();
  reconciler_.tell_untold();
}

void Speaker::publish() {
  std::vector<MemberInterface> interfaces;
  for (const auto& [index, interface] : attacher_.served()) {
    interfaces.push_back(
        {interface.name, interface.mac, interface.carrier,
         running_.kubernetes.match_subnet ? networks_of(interface) : std::nullopt});
  }
  if (published_ == interfaces) return;
  published_ = interfaces;
  parts_.membership.publish(std::move(interfaces));
}

// Without a view nobody knows what this node holds; what its Lease says, if it is still its own,
// stands until then.
void Speaker::stick() {
  if (running_.kubernetes.failback) return;
  const auto generation =
      has_view() ? std::optional(claims_.held_generation()) : std::optional<std::uint64_t>();
  if (std::exchange(stuck_, generation) == generation) return;
  if (!generation) return parts_.membership.stick_to(std::nullopt);
  auto keys = claims_.held();
  const bool fit = keys.size() <= Membership::kMostSticky;
  note("failback",
       fit ? Result<void>{}
           : fail("this node holds " + std::to_string(keys.size()) +
                  " addresses and its Lease names " + std::to_string(Membership::kMostSticky) +
                  " at most; all go back to whoever comes first. Add nodes, or set "
                  "kubernetes.failback to true"));
  parts_.membership.stick_to(fit ? std::move(keys) : std::set<std::string>{});
}

// One deadline stands for the whole map: nothing is promised anew while an address in it is on its
// way to another node, or before it is known whose they are.
void Speaker::vouch() {
  const auto deadline = parts_.membership.deadline();
  const bool open = claims_.next_overdue() || !has_view();
  vouching_waits_ = open && deadline > claims_.promised();
  if (vouching_waits_) return;
  note("deadline", parts_.data_plane.vouch_until(deadline));
  claims_.set_promised(deadline);
}

// An earlier speaker's announcements are answered on until the source has shown its first view: an
// API that is away at start must not withdraw them. Their groups went with that speaker's sockets.
void Speaker::adopt() {
  const auto done = reconciler_.adopt();
  note("map", done);
  if (!done) return;
  adopted_ = true;
  if (drained_) reconciler_.desire_nothing();
  if (const auto count = reconciler_.announced_count(); count > 0) {
    parts_.log.info("adopted {} announcements", count);
  }
}

}  // namespace isat
