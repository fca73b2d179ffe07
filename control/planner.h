// SPDX-License-Identifier: Apache-2.0
// What this node announces: assignments × members × interfaces, and nothing else.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/address_account.h"
#include "control/assignments.h"
#include "control/election.h"
#include "control/membership.h"
#include "dataplane/announcement.h"
#include "dataplane/result.h"

namespace isat {

// The interfaces this node answers on: eligible and attached, by index.
using ServedInterfaces = std::map<InterfaceIndex, Interface>;

// Under which the address is elected. Connected owners agree on it; those of a file have none.
// There is an owner.
[[nodiscard]] std::string key_of(const Address& address, const Assignments::Owners& owners);

// Its answers depend on the arguments alone; what it remembers are compiled patterns.
class Planner {
 public:
  explicit Planner(std::string node);

  // The members that may hold the address: eligible for one of its owners, and not known to have no
  // interface with carrier among those wished for there, nor to be away without keeping it. In the
  // order of the members.
  [[nodiscard]] std::vector<Candidate> candidates(const Address& address,
                                                  const Assignments::Owners& owners,
                                                  std::span<const Member> members);
  // The same in the order of their election, and on whose behalf.
  [[nodiscard]] AddressAccount account(const Address& address, const Assignments::Owners& owners,
                                       std::span<const Member> members);
  // The announcements this node should have for one address, ordered by interface: the union of
  // what its owners wish for, on interfaces served; none unless this node is the holder. A pattern
  // that is no regular expression matches nothing: sources refuse those, where the line is still
  // known.
  [[nodiscard]] std::vector<Announcement> plan(const Address& address,
                                               const Assignments::Owners& owners,
                                               std::span<const Member> members,
                                               const ServedInterfaces& served);
  // Who holds the address while this node might as well; null when it is the holder itself, or may
  // not hold it. One of `members`.
  [[nodiscard]] const Member* successor(const Address& address, const Assignments::Owners& owners,
                                        std::span<const Member> members);
  // Whether this node is the one that must say: no member has any of the interfaces that are named,
  // here none is served, and with one this node would be the holder.
  [[nodiscard]] bool in_vain(const Address& address, const Assignments::Owners& owners,
                             std::span<const Member> members, const ServedInterfaces& served);

 private:
  // Nothing = it may not hold the address.
  std::optional<int> score(const Address& address, const Assignments::Owners& owners,
                           const Member& member);
  // Null when nobody may hold it.
  const Member* holder_of(const Address& address, const Assignments::Owners& owners,
                          std::span<const Member> members);
  bool matches(const std::string& pattern, const std::string& name);
  bool wished_for(const NodeTerms& terms, const std::string& name);
  bool wished_for(const Assignments::Owners& owners, const std::string& name);
  bool reachable(const Address& address, const Member& member, const NodeTerms& terms);

  std::string node_;
  Sha256 sha256_;
  // Owners share few patterns, and compiling one costs more than the rest of a plan.
  std::unordered_map<std::string, Result<std::regex>> compiled_;
};

}  // namespace isat
