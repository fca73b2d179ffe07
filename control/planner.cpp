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

}  // namespace

Planner::Planner(std::string node) : node_(std::move(node)) {}

std::vector<Announcement> Planner::plan(const Address& address, const Assignments::Owners& owners,
                                        std::span<const Candidate> candidates,
                                        const ServedInterfaces& served) {
  std::vector<Announcement> announcements;
  if (owners.empty() || holder(address, candidates) != node_) return announcements;
  for (const auto& [index, interface] : served) {
    if (!wished_for(owners, interface.name)) continue;
    announcements.push_back(Announcement{{address, index}, interface.mac});
  }
  return announcements;
}

bool Planner::wished_for(const Assignments::Owners& owners, const std::string& name) {
  return std::any_of(owners.begin(), owners.end(), [&](const auto& owner) {
    const auto& patterns = owner.second.interfaces;
    return patterns.empty() ||
           std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches(pattern, name); });
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
