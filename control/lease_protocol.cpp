// SPDX-License-Identifier: Apache-2.0
// The rules of membership by Leases.
#include "control/lease_protocol.h"

#include <algorithm>
#include <utility>

namespace isat {
namespace {

using namespace std::chrono_literals;

// Interfaces that flap do not flood the API.
constexpr BootTime kLeastPause = 200ms;
// An object's annotations may be 256 KiB in all; an address is 42 bytes at most.
constexpr std::size_t kMostKept = 4'000;
constexpr BootTime kNever = BootTime::max();

BootTime boot(std::chrono::milliseconds duration) {
  return std::chrono::duration_cast<BootTime>(duration);
}

BootTime part_of(BootTime whole, double part) {
  return BootTime(static_cast<std::uint64_t>(static_cast<double>(whole.count()) * part));
}

}  // namespace

LeaseProtocol::LeaseProtocol(LeaseIdentity identity, LeaseTiming timing,
                             std::chrono::milliseconds grace, Random random)
    : identity_(std::move(identity)),
      configured_(timing),
      grace_(grace),
      random_(std::move(random)),
      backoff_(50ms, std::max<std::chrono::milliseconds>(timing.renew, 50ms), random_),
      table_(identity_.node),
      self_{identity_.node} {}

void LeaseProtocol::start(BootTime /*now*/) {
  running_ = true;
  leaving_.reset();
  begin_again();
}

void LeaseProtocol::begin_again() {
  listed_ = sees_ = member_ = given_up_ = false;
  outdated_.reset();
  under_way_.reset();  // its answer will not be known
  early_.clear();
  unreturned_.clear();
  relied_on_.clear();
  last_sent_.reset();
  retry_at_ = BootTime{0};
  table_.forget();
}

// Nothing that was known counts any more: as a newcomer, who lists afresh. The map stays.
void LeaseProtocol::lose_view(BootTime now) {
  if (std::exchange(member_, false)) news_.view_lost = true;
  begin_again();
  news_.list_wanted = true;
  if (deadline_ <= now) return;
  deadline_ = now;
  news_.deadline_moved = true;
}

void LeaseProtocol::tick(BootTime now) {
  if (!running_ || leaving_) return;
  const auto blind = blind_at();
  const bool is_blind = blind && now >= *blind;
  if (is_blind && outdated_) trouble_ = outdated_->cause;
  if ((member_ && now >= deadline_) || is_blind) lose_view(now);
}

// When a newcomer should long have seen its own writing, or what somebody wrote before it could.
std::optional<BootTime> LeaseProtocol::blind_at() const {
  if (member_ || (unreturned_.empty() && !outdated_)) return std::nullopt;
  const auto since = outdated_ ? outdated_->since : unreturned_.back().sent;
  return since + boot(configured_.duration);
}

void LeaseProtocol::publish(std::vector<MemberInterface> interfaces) {
  interfaces_ = std::move(interfaces);
}

void LeaseProtocol::list(Lease lease) {
  table_.list(std::move(lease));
}

void LeaseProtocol::end_list(BootTime now) {
  if (!running_) return;
  tick(now);
  table_.end_list(now);
  listed_ = true;
  outdated_.reset();
  if (const auto* own = table_.own()) {
    given_up_ = own->holder.empty();
    own_changed(*own, now);
  }
  note_members();
}

void LeaseProtocol::changed(const Lease& lease, BootTime now) {
  if (!running_) return;
  tick(now);
  if (!listed_) return;  // of a watch that was given up
  identity_.note.revision = lease.version;
  const bool own = lease.node == identity_.node;
  table_.put(lease, now);
  if (own) own_changed(lease, now);
  note_members();
}

void LeaseProtocol::deleted(const Lease& lease, BootTime now) {
  if (!running_) return;
  tick(now);
  if (!listed_) return;
  identity_.note.revision = lease.version;
  table_.remove(lease.node);
  if (lease.node == identity_.node) {
    // Written again at once: others wait for that as for any renewal.
    outdated_.reset();
    last_sent_.reset();
  }
  note_members();
}

void LeaseProtocol::own_changed(const Lease& lease, BootTime now) {
  outdated_.reset();
  const auto renewal =
      std::find_if(unreturned_.begin(), unreturned_.end(),
                   [&](const Renewal& each) { return each.version == lease.version; });
  if (renewal != unreturned_.end()) {
    const auto returned = *renewal;
    unreturned_.erase(unreturned_.begin(), renewal + 1);
    note_self(lease);
    echoed(returned, now);
    return;
  }
  if (under_way_) early_.push_back(lease.version);
  // Released on our behalf, for we had seemed dead; or taken by another speaker.
  if (member_ && !leaving_ && !ours(lease)) lose_view(now);
  if (member_ || may_take(&lease, BootTime{0})) return;
  trouble_ = "the Lease of node " + lease.node + " is held by another speaker, " + lease.holder +
             "; if it is alive, give one of the two another name with --node";
}

void LeaseProtocol::echoed(const Renewal& renewal, BootTime now) {
  sees_ = true;
  if (!renewal.as_member) {
    last_sent_.reset();  // at once again, now that it is a sign of life
    return;
  }
  // Others may have seen later ones of ours already, good for a shorter time.
  std::erase_if(relied_on_, [&](const Renewal& each) { return each.sent <= renewal.sent; });
  auto until = good_until(renewal.sent, renewal.duration);
  for (const auto& each : relied_on_) until = std::min(until, good_until(each.sent, each.duration));
  if (leaving_ || until <= now) return;
  news_.echoed = renewal.sent;
  for (auto& dead : table_.conclude(renewal.sent)) news_.dead.push_back(std::move(dead));
  if (!std::exchange(member_, true)) news_.members_changed = true;
  trouble_.clear();
  deadline_ = until;
  news_.deadline_moved = true;
}

void LeaseProtocol::note_self(const Lease& lease) {
  if (lease.speaker)
    self_ = {identity_.node, lease.speaker->interfaces, {}, lease.speaker->sticks_to};
}

void LeaseProtocol::note_members() {
  if (!member_ || leaving_) return;
  const auto at = std::lower_bound(
      members_.begin(), members_.end(), self_,
      [](const Member& left, const Member& right) { return left.node < right.node; });
  const bool known = at != members_.end() && *at == self_;
  if (std::exchange(told_generation_, table_.generation()) == table_.generation() && known) return;
  members_ = table_.members();
  members_.insert(std::lower_bound(members_.begin(), members_.end(), self_,
                                   [](const Member& left, const Member& right) {
                                     return left.node < right.node;
                                   }),
                  self_);
  news_.members_changed = true;
}

std::chrono::milliseconds LeaseProtocol::last_word() const {
  return isat::last_word(
      std::max(paced(configured_, members_.size()).duration, table_.longest_duration()));
}

bool LeaseProtocol::may_take(const Lease* own, BootTime now) const {
  if (own == nullptr || own->holder.empty() || ours(*own)) return true;
  // We hold the lock of the place it was written from: whoever wrote it is gone.
  if (own->speaker && own->speaker->place == identity_.note.place) return true;
  return now >= table_.own_expiry();
}

std::string LeaseProtocol::base() const {
  if (!unreturned_.empty()) return unreturned_.back().version;
  const auto* own = table_.own();
  return own == nullptr ? std::string() : own->version;
}

bool LeaseProtocol::has_news() const {
  return interfaces_ != sent_interfaces_ || (sticks_to_ && *sticks_to_ != sent_sticks_to_);
}

BootTime LeaseProtocol::next_renewal() const {
  if (!last_sent_) return retry_at_;
  auto next = *last_sent_ + pause_;
  if (has_news()) next = std::min(next, *last_sent_ + kLeastPause);
  if (member_) {
    // Somebody is silent: only a renewal of ours can tell. Not all of us at the same moment; the
    // first to know releases its Lease, and spares the others the question.
    if (const auto suspicion = table_.next_suspicion(*last_sent_)) {
      next = std::min(next, *suspicion + spread_);
    }
  }
  return std::max(next, retry_at_);
}

BootTime LeaseProtocol::next_wake() const {
  if (!running_) return kNever;
  auto next = member_ && !leaving_ ? deadline_ : kNever;
  if (const auto blind = blind_at()) next = std::min(next, *blind);
  if (!listed_ || under_way_ || outdated_) return next;
  if (leaving_) return retry_at_;
  if (!unreturned_.empty()) return next;
  const bool waits = !may_take(table_.own(), BootTime{0});
  return std::min(next, waits ? std::max(retry_at_, table_.own_expiry()) : next_renewal());
}

std::optional<LeaseProtocol::Write> LeaseProtocol::next_write(BootTime now) {
  tick(now);
  if (!running_ || !listed_ || under_way_ || outdated_ || now < retry_at_) return std::nullopt;
  const auto* own = table_.own();
  if (leaving_) return leaving_write(own, now);
  // No second one before the first has come back: who does not see must not seem alive.
  if (!unreturned_.empty()) return std::nullopt;
  if (!may_take(own, now) || now < next_renewal()) return std::nullopt;
  return send(next_lease(own), false, now);
}

Lease LeaseProtocol::next_lease(const Lease* own) const {
  Lease lease;
  lease.node = identity_.node;
  lease.version = base();
  lease.holder = identity_.holder;
  lease.duration = paced(configured_, std::max<std::size_t>(1, members_.size())).duration;
  lease.speaker = identity_.note;
  lease.speaker->interfaces = interfaces_;
  const bool held = own != nullptr && !own->holder.empty() && may_take(own, BootTime{0});
  lease.speaker->stage = sees_ ? Stage::kMember : held ? Stage::kResuming : Stage::kJoining;
  if (sticks_to_) {
    lease.speaker->sticks_to = *sticks_to_;
  } else if (held && own->speaker) {
    lease.speaker->sticks_to = own->speaker->sticks_to;
  }
  if (own == nullptr) return lease;
  // Away until we are a member: whoever saw the leaving and whoever did not must agree.
  if (!sees_ && held && own->speaker) lease.speaker->kept = own->speaker->kept;
  lease.transitions = own->transitions + (ours(*own) ? 0 : 1);
  if (ours(*own)) lease.acquired = own->acquired;
  return lease;
}

std::optional<LeaseProtocol::Write> LeaseProtocol::leaving_write(const Lease* own, BootTime now) {
  // Nothing of ours to give up, or to hold on to.
  if (own == nullptr || own->holder.empty() || !may_take(own, BootTime{0})) {
    left();
    return std::nullopt;
  }
  auto lease = next_lease(own);
  if (*leaving_ == Membership::Leave::kForGood) {
    lease.holder.clear();
  } else {
    lease.duration = grace_;
    if (kept_.size() <= kMostKept) lease.speaker->kept = kept_;
  }
  return send(std::move(lease), true, now);
}

LeaseProtocol::Write LeaseProtocol::send(Lease lease, bool leaving, BootTime now) {
  const Renewal renewal{now, lease.duration, lease.speaker->stage == Stage::kMember};
  under_way_ = UnderWay{++numbers_, renewal, lease.version, leaving};
  early_.clear();
  last_sent_ = now;
  sent_interfaces_ = interfaces_;
  sent_sticks_to_ = lease.speaker->sticks_to;
  // Never quite in step with the others.
  const auto pause = boot(paced(configured_, std::max<std::size_t>(1, members_.size())).renew);
  pause_ = part_of(pause, 0.9 + 0.1 * random_());
  spread_ = part_of(boot(margin(lease.duration)), random_());
  if (!leaving && renewal.as_member) {
    relied_on_.push_back(renewal);
    // From here on others may count on this one.
    if (const auto until = good_until(now, lease.duration); member_ && until < deadline_) {
      deadline_ = until;
      news_.deadline_moved = true;
    }
  }
  return {numbers_, std::move(lease)};
}

void LeaseProtocol::answered(std::uint64_t number, const Answer& answer, BootTime now) {
  if (!under_way_ || under_way_->number != number) return;
  tick(now);
  if (!under_way_) return;  // the view was lost, and with it the question
  auto done = *std::exchange(under_way_, std::nullopt);
  const auto early = std::exchange(early_, {});
  switch (answer.outcome) {
    case Outcome::kWritten:
      trouble_.clear();
      backoff_.reset();
      if (done.leaving) return left();
      done.renewal.version = answer.version;
      if (std::find(early.begin(), early.end(), answer.version) == early.end()) {
        unreturned_.push_back(done.renewal);
        return;
      }
      if (const auto* own = table_.own()) note_self(*own);
      echoed(done.renewal, now);
      note_members();
      return;
    case Outcome::kConflict:
      last_sent_.reset();
      if (base() == done.base) outdated_ = Outdated{now, answer.cause};
      return;
    case Outcome::kFailed:
      trouble_ = answer.cause;
      last_sent_.reset();
      retry_at_ = now + boot(backoff_.next());
      return;
  }
}

void LeaseProtocol::leave(Membership::Leave how, std::set<Address> kept, BootTime now) {
  tick(now);
  leaving_ = how;
  kept_ = std::move(kept);
  retry_at_ = BootTime{0};
  // Who is no member has not promised to be back.
  const bool for_a_while = how == Membership::Leave::kForAWhile;
  if (!running_ || (for_a_while && (!member_ || grace_.count() == 0))) left();
}

void LeaseProtocol::left() {
  running_ = member_ = false;
  news_ = {};
  news_.left = true;
}

}  // namespace isat
