// SPDX-License-Identifier: Apache-2.0
// What this node has seen of the others' Leases.
#include "control/lease_table.h"

#include <algorithm>
#include <set>
#include <utility>

namespace isat {
namespace {

// For a Lease whose duration somebody made nonsense of, and whose earlier one is not known.
constexpr std::chrono::milliseconds kUnknownDuration{60'000};

}  // namespace

BootTime LeaseTable::Seen::expiry() const {
  return since + patience * std::chrono::duration_cast<BootTime>(duration);
}

Member LeaseTable::Seen::member() const {
  if (!lease.speaker) return {lease.node};
  return {lease.node, lease.speaker->interfaces, lease.speaker->kept, lease.speaker->sticks_to};
}

void LeaseTable::forget() {
  seen_.clear();
  listed_.clear();
  fresh_ = true;
  ++generation_;
}

void LeaseTable::list(Lease lease) {
  listed_.push_back(std::move(lease));
}

void LeaseTable::end_list(BootTime now) {
  const bool fresh = std::exchange(fresh_, false);
  std::set<std::string> there;
  for (auto& lease : std::exchange(listed_, {})) {
    const auto node = *there.insert(lease.node).first;
    put(std::move(lease), now);
    const auto found = seen_.find(node);
    if (!fresh || found == seen_.end() || found->second.lease.holder.empty()) continue;
    // A list tells no history: whoever does not say that it is new may have been seen alive by all.
    const auto& speaker = found->second.lease.speaker;
    found->second.alive = !speaker || speaker->stage != Stage::kJoining;
    found->second.patience = 2;
  }
  for (auto& [node, seen] : seen_) {
    if (!there.contains(node)) seen.there = false;
  }
}

void LeaseTable::put(Lease lease, BootTime now) {
  auto found = seen_.find(lease.node);
  if (found == seen_.end()) {
    // Other things elect leaders by Leases too, perhaps in this very namespace.
    if (!lease.annotated && lease.node != own_node_) return;
    found = seen_.emplace(lease.node, Seen{}).first;
  }
  auto& seen = found->second;
  if (seen.lease.version == lease.version) {
    seen.there = true;
    return;
  }
  const bool was_alive = seen.alive;
  const auto member = seen.member();
  take(seen, std::move(lease), now);
  const bool as_before = was_alive == seen.alive && member == seen.member();
  if (!as_before && seen.lease.node != own_node_) ++generation_;
}

void LeaseTable::take(Seen& seen, Lease lease, BootTime now) {
  const bool sign_of_life = lease.speaker && lease.speaker->stage == Stage::kMember;
  if (sign_of_life || !seen.alive || lease.holder.empty()) {
    seen.since = now;
    seen.patience = 1;
    seen.duration = lease.duration.count() > 0 ? lease.duration : kUnknownDuration;
  }
  seen.alive = !lease.holder.empty() && (sign_of_life || seen.alive);
  seen.there = true;
  seen.lease = std::move(lease);
}

void LeaseTable::remove(const std::string& node) {
  const auto found = seen_.find(node);
  if (found == seen_.end()) return;
  if (node != own_node_ && found->second.alive) {
    found->second.there = false;
  } else {
    seen_.erase(found);
  }
}

bool LeaseTable::may_die(const std::string& node, const Seen& seen) const {
  return node != own_node_ && seen.alive;
}

std::vector<Lease> LeaseTable::conclude(BootTime sent) {
  std::vector<Lease> dead;
  for (auto seen = seen_.begin(); seen != seen_.end();) {
    const bool dies = may_die(seen->first, seen->second) && seen->second.expiry() <= sent;
    if (!dies) {
      ++seen;
      continue;
    }
    ++generation_;
    seen->second.alive = false;
    if (!seen->second.there) {
      seen = seen_.erase(seen);
      continue;
    }
    dead.push_back(seen->second.lease);
    ++seen;
  }
  return dead;
}

std::optional<BootTime> LeaseTable::next_suspicion(BootTime after) const {
  std::optional<BootTime> next;
  for (const auto& [node, seen] : seen_) {
    if (!may_die(node, seen) || seen.expiry() <= after) continue;
    next = std::min(next.value_or(seen.expiry()), seen.expiry());
  }
  return next;
}

const Lease* LeaseTable::own() const {
  const auto found = seen_.find(own_node_);
  return found == seen_.end() || !found->second.there ? nullptr : &found->second.lease;
}

BootTime LeaseTable::own_expiry() const {
  const auto found = seen_.find(own_node_);
  return found == seen_.end() ? BootTime{0} : found->second.expiry();
}

std::chrono::milliseconds LeaseTable::longest_duration() const {
  std::chrono::milliseconds longest{0};
  for (const auto& [node, seen] : seen_) {
    // Who is away vouches no longer than before.
    const bool away = seen.lease.speaker && seen.lease.speaker->kept;
    if (may_die(node, seen) && !away) longest = std::max(longest, seen.duration);
  }
  return longest;
}

std::vector<Member> LeaseTable::members() const {
  std::vector<Member> members;
  for (const auto& [node, seen] : seen_) {
    if (may_die(node, seen)) members.push_back(seen.member());
  }
  return members;
}

}  // namespace isat
