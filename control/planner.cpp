// SPDX-License-Identifier: Apache-2.0
// What this node announces.
#include "control/planner.h"

#include <algorithm>
#include <utility>

#include "control/eligible_interface.h"

namespace isat {
namespace {

// Patterns come and go with their owners; forgetting them all now and then is cheaper than
// counting.
constexpr std::size_t kPatternsRemembered = 1024;

bool may_have(const MemberInterface& interface, const Address& address) {
  return !interface.subnets ||
         std::any_of(interface.subnets->begin(), interface.subnets->end(),
                     [&](const Subnet& subnet) { return subnet.contains(address); });
}

// By its own word, or while its speaker is away: what it kept it may have given up to another, and
// nobody else may count on that one staying.
bool sticks(const Member& member, const Address& address, const std::string& key) {
  return member.sticks_to.contains(key) || (member.kept && member.kept->contains(address));
}

}  // namespace

std::string key_of(const Address& address, const Assignments::Owners& owners) {
  const auto& key = owners.begin()->second.election_key;
  return key.empty() ? election_text(address) : key;
}

Planner::Planner(std::string node) : node_(std::move(node)) {}

std::vector<Candidate> Planner::candidates(const Address& address,
                                           const Assignments::Owners& owners,
                                           std::span<const Member> members) {
  std::vector<Candidate> candidates;
  if (owners.empty()) return candidates;
  const auto key = key_of(address, owners);
  for (const auto& member : members) {
    const auto its = score(address, owners, member);
    if (its) candidates.push_back({member.node, *its, sticks(member, address, key)});
  }
  return candidates;
}

std::optional<int> Planner::score(const Address& address, const Assignments::Owners& owners,
                                  const Member& member) {
  if (member.kept && !member.kept->contains(address)) return std::nullopt;
  std::optional<int> score;
  for (const auto& [name, owner] : owners) {
    const auto* terms = owner.candidacy->of(member.node);
    if (terms == nullptr || !reachable(address, member, *terms)) continue;
    score = std::max(score.value_or(terms->score), terms->score);
  }
  return score;
}

const Member* Planner::holder_of(const Address& address, const Assignments::Owners& owners,
                                 std::span<const Member> members) {
  const auto key = key_of(address, owners);
  Election election(sha256_, key);
  const Member* holder = nullptr;
  for (const auto& member : members) {
    const auto its = score(address, owners, member);
    if (!its) continue;
    if (election.stand(member.node, *its, sticks(member, address, key))) holder = &member;
  }
  return holder;
}

const Member* Planner::successor(const Address& address, const Assignments::Owners& owners,
                                 std::span<const Member> members) {
  if (owners.empty()) return nullptr;
  const auto self = std::find_if(members.begin(), members.end(),
                                 [&](const Member& member) { return member.node == node_; });
  if (self == members.end() || !score(address, owners, *self)) return nullptr;
  const auto* holder = holder_of(address, owners, members);
  return holder->node == node_ ? nullptr : holder;
}

AddressAccount Planner::account(const Address& address, const Assignments::Owners& owners,
                                std::span<const Member> members) {
  AddressAccount account{address};
  for (const auto& [name, owner] : owners) account.owners.push_back(name);
  account.candidates = in_order(key_of(address, owners), candidates(address, owners, members));
  for (const auto& [name, owner] : owners) {
    const auto* terms = owner.candidacy->of(node_);
    if (terms == nullptr) continue;
    account.interfaces.insert(account.interfaces.end(), terms->interfaces.begin(),
                              terms->interfaces.end());
    if (!terms->interfaces.empty()) continue;
    account.interfaces.clear();
    break;
  }
  return account;
}

std::vector<Announcement> Planner::plan(const Address& address, const Assignments::Owners& owners,
                                        std::span<const Member> members,
                                        const ServedInterfaces& served) {
  std::vector<Announcement> announcements;
  if (owners.empty()) return announcements;
  const auto* holder = holder_of(address, owners, members);
  if (holder == nullptr || holder->node != node_) return announcements;
  for (const auto& [index, interface] : served) {
    if (!wished_for(owners, interface.name)) continue;
    announcements.push_back(Announcement{{address, index}, interface.mac});
  }
  return announcements;
}

bool Planner::in_vain(const Address& address, const Assignments::Owners& owners,
                      std::span<const Member> members, const ServedInterfaces& served) {
  const bool named = std::any_of(owners.begin(), owners.end(), [&](const auto& owner) {
    const auto* terms = owner.second.candidacy->of(node_);
    return terms != nullptr && !terms->interfaces.empty();
  });
  const bool there = std::any_of(served.begin(), served.end(), [&](const auto& each) {
    return wished_for(owners, each.second.name);
  });
  if (!named || there) return false;
  auto able = candidates(address, owners, members);
  if (able.empty()) {
    std::vector<Member> anywhere;
    for (const auto& member : members) anywhere.push_back({member.node});
    able = candidates(address, owners, anywhere);
  }
  return holder(key_of(address, owners), able) == node_;
}

bool Planner::wished_for(const NodeTerms& terms, const std::string& name) {
  const auto& patterns = terms.interfaces;
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

bool Planner::wished_for(const Assignments::Owners& owners, const std::string& name) {
  return std::any_of(owners.begin(), owners.end(), [&](const auto& owner) {
    const auto* terms = owner.second.candidacy->of(node_);
    return terms != nullptr && wished_for(*terms, name);
  });
}

bool Planner::reachable(const Address& address, const Member& member, const NodeTerms& terms) {
  if (!member.interfaces) return true;
  return std::any_of(member.interfaces->begin(), member.interfaces->end(),
                     [&](const MemberInterface& interface) {
                       return interface.carrier && may_have(interface, address) &&
                              wished_for(terms, interface.name);
                     });
}

bool Planner::matches(const std::string& pattern, const std::string& name) {
  auto found = compiled_.find(pattern);
  if (found == compiled_.end()) {
    if (compiled_.size() >= kPatternsRemembered) compiled_.clear();
    found = compiled_.emplace(pattern, compile_interface_pattern(pattern)).first;
  }
  return found->second && std::regex_match(name, *found->second);
}

}  // namespace isat
