// SPDX-License-Identifier: Apache-2.0
// What this node claims.
#include "control/claims.h"

#include <utility>

namespace isat {

Claims::Claims(const Membership& membership, const ServedInterfaces& served, Reconciler& reconciler,
               std::function<BootTime()> boot_now)
    : membership_(membership),
      served_(served),
      reconciler_(reconciler),
      boot_now_(std::move(boot_now)),
      planner_(membership.node()) {}

void Claims::plan(const Address& address) {
  const auto& owners = assignments_.owners(address);
  const auto announcements = planner_.plan(address, owners, membership_.members(), served_);
  note_in_vain(address, owners);
  note_held(address, announcements.empty() ? "" : key_of(address, owners));
  if (announcements.empty() && hands_over(address, owners)) {
    reconciler_.hand_over(address);
    return;
  }
  if (announcements.empty()) {
    give_up(address);
    return;
  }
  hand_over_.call_off(address);
  reconciler_.desire(address, announcements);
}

// Only what this node might hold as well: what it may not serve any more it withdraws at once.
bool Claims::hands_over(const Address& address, const Assignments::Owners& owners) {
  if (!reconciler_.answers(address)) return false;
  const auto* successor = planner_.successor(address, owners, membership_.members());
  return successor != nullptr && hand_over_.answers_on(address, *successor, promised_,
                                                       membership_.last_word(), boot_now_());
}

void Claims::heard(const Address& address, const MacAddress& from, BootTime when) {
  if (!reconciler_.answers(address)) return;
  if (hand_over_.heard(address, from, when)) give_up(address);
}

void Claims::give_up_overdue() {
  for (const auto& address : hand_over_.due(boot_now_())) give_up(address);
}

void Claims::give_up(const Address& address) {
  hand_over_.end(address);
  reconciler_.desire(address, {});
}

void Claims::plan(const std::set<Address>& addresses) {
  for (const auto& address : addresses) plan(address);
}

void Claims::plan_all() {
  for (const auto& [address, owners] : assignments_.by_address()) plan(address);
}

void Claims::plan(InterfaceIndex interface) {
  ServedInterfaces served;
  if (const auto found = served_.find(interface); found != served_.end()) served.insert(*found);
  std::vector<Announcement> announcements;
  for (const auto& [address, owners] : assignments_.by_address()) {
    const auto planned = planner_.plan(address, owners, membership_.members(), served);
    announcements.insert(announcements.end(), planned.begin(), planned.end());
    note_in_vain(address, owners);
  }
  reconciler_.desire(interface, announcements);
}

// Empty = it holds it not.
void Claims::note_held(const Address& address, const std::string& key) {
  const auto found = held_.find(address);
  if ((found == held_.end() ? "" : found->second) == key) return;
  ++held_generation_;
  if (key.empty()) {
    held_.erase(found);
  } else {
    held_.insert_or_assign(address, key);
  }
}

std::set<std::string> Claims::held() const {
  std::set<std::string> keys;
  for (const auto& [address, key] : held_) keys.insert(key);
  return keys;
}

void Claims::note_in_vain(const Address& address, const Assignments::Owners& owners) {
  if (planner_.in_vain(address, owners, membership_.members(), served_)) {
    in_vain_.insert(address);
  } else {
    in_vain_.erase(address);
  }
}

Holdings Claims::holdings() const {
  const auto announced_on = [this](const Address& address) {
    std::vector<std::string> names;
    for (const auto& [index, interface] : served_) {
      if (reconciler_.announced({address, index})) names.push_back(interface.name);
    }
    return names;
  };
  return holdings_of(membership_.node(), assignments_, announced_on, in_vain_);
}

std::vector<AddressAccount> Claims::accounts() {
  std::vector<AddressAccount> accounts;
  for (const auto& [address, owners] : assignments_.by_address()) {
    accounts.push_back(planner_.account(address, owners, membership_.members()));
  }
  return accounts;
}

}  // namespace isat
