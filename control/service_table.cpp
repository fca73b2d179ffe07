// SPDX-License-Identifier: Apache-2.0
// The Services known now, and what each piece of news changes in their assignments.
#include "control/service_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace isat {

namespace {

bool worth_keeping(const Service& service) {
  return !service.name.empty() && !(service.assignments.empty() && service.skipped.empty());
}

// Both sides are ordered (see Service).
void note_difference(const Service& before, const Service& now, ServiceTable::Change& change) {
  auto& [added, removed] = change.assignments;
  std::set_difference(now.assignments.begin(), now.assignments.end(), before.assignments.begin(),
                      before.assignments.end(), std::back_inserter(added));
  const auto by_key = [](const Assignment& left, const Assignment& right) {
    return left.key < right.key;
  };
  std::vector<Assignment> gone;
  std::set_difference(before.assignments.begin(), before.assignments.end(), now.assignments.begin(),
                      now.assignments.end(), std::back_inserter(gone), by_key);
  for (const auto& assignment : gone) removed.push_back(assignment.key);
  if (now.skipped == before.skipped) return;
  for (const auto& reason : now.skipped) change.skipped.push_back(now.name + ": " + reason);
}

}  // namespace

void ServiceTable::list(const nlohmann::json& object) {
  auto service = parse_service(object, load_balancer_class_);
  if (worth_keeping(service)) listed_.insert_or_assign(service.name, std::move(service));
}

ServiceTable::Change ServiceTable::end_list() {
  Change change;
  for (const auto& [name, before] : known_) {
    if (!listed_.contains(name)) note_difference(before, {}, change);
  }
  for (const auto& [name, now] : listed_) {
    const auto before = known_.find(name);
    note_difference(before == known_.end() ? Service{} : before->second, now, change);
  }
  known_ = std::exchange(listed_, {});
  return change;
}

ServiceTable::Change ServiceTable::changed(const nlohmann::json& object) {
  auto now = parse_service(object, load_balancer_class_);
  if (!worth_keeping(now)) return deleted(object);
  Change change;
  auto& before = known_[now.name];
  note_difference(before, now, change);
  before = std::move(now);
  return change;
}

ServiceTable::Change ServiceTable::deleted(const nlohmann::json& object) {
  Change change;
  const auto before = known_.find(service_name(object));
  if (before == known_.end()) return change;
  note_difference(before->second, {}, change);
  known_.erase(before);
  return change;
}

}  // namespace isat
