// SPDX-License-Identifier: Apache-2.0
// What this node claims: the plan of each address, handed to the reconciler piece by piece.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/assignments.h"
#include "control/hand_over.h"
#include "control/holdings.h"
#include "control/membership.h"
#include "control/planner.h"
#include "control/reconciler.h"

namespace isat {

// Whoever calls has a view of the source and of the members, except where it says otherwise; what
// changes takes effect when the reconciler settles.
class Claims {
 public:
  // All outlive this. `boot_now` is the deadline's clock.
  Claims(const Membership& membership, const ServedInterfaces& served, Reconciler& reconciler,
         std::function<BootTime()> boot_now);

  // Needs no view. Returns the addresses to plan.
  std::set<Address> apply(const AssignmentChange& change) { return assignments_.apply(change); }
  [[nodiscard]] const Assignments& assignments() const { return assignments_; }

  void plan(const Address& address);
  void plan(const std::set<Address>& addresses);
  // Every address assigned.
  void plan_all();
  // Every address assigned, on one interface only; none is served there any more, perhaps.
  void plan(InterfaceIndex interface);

  // The deadline as it stands in the map; it must not move on while an address is on its way.
  void set_promised(BootTime deadline) { promised_ = deadline; }
  [[nodiscard]] BootTime promised() const { return promised_; }
  // Somebody else announces the address. Needs no view, as does what follows.
  void heard(const Address& address, const MacAddress& from, BootTime when);
  // Addresses whose hand-over has taken long enough.
  void give_up_overdue();
  // When the next one will have; nothing = no address is on its way to another node.
  [[nodiscard]] std::optional<BootTime> next_overdue() const { return hand_over_.next_due(); }

  // Election keys of what this node holds, by the plan; counted, so that a reader sees whether its
  // copy is stale.
  [[nodiscard]] std::set<std::string> held() const;
  [[nodiscard]] std::uint64_t held_generation() const { return held_generation_; }

  // Of what is announced now; elected in vain is part of it.
  [[nodiscard]] Holdings holdings() const;
  // Of every address assigned; work grows with addresses and members. Needs no view.
  [[nodiscard]] std::vector<AddressAccount> accounts();

 private:
  [[nodiscard]] bool hands_over(const Address& address, const Assignments::Owners& owners);
  void give_up(const Address& address);
  void note_held(const Address& address, const std::string& key);
  void note_in_vain(const Address& address, const Assignments::Owners& owners);

  const Membership& membership_;
  const ServedInterfaces& served_;
  Reconciler& reconciler_;
  std::function<BootTime()> boot_now_;
  Assignments assignments_;
  Planner planner_;
  HandOver hand_over_;
  BootTime promised_{1};
  std::map<Address, std::string> held_;  // the election's key of each
  std::uint64_t held_generation_ = 0;
  std::set<Address> in_vain_;  // elected for, and not to be announced
};

}  // namespace isat
