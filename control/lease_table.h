// SPDX-License-Identifier: Apache-2.0
// What this node has seen of the others' Leases, and which of them it knows to be dead. Pure: the
// time is handed in, and it is always this node's own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/lease.h"
#include "control/membership.h"

namespace isat {

class LeaseTable {
 public:
  explicit LeaseTable(std::string own_node) : own_node_(std::move(own_node)) {}

  // Nothing is known any more: what is listed next may have been as it is for long, or its owner
  // may be as lost as we were. Such versions are given twice their time.
  void forget();

  void begin_list() { listed_.clear(); }
  void list(Lease lease);
  void end_list(BootTime now);
  void put(Lease lease, BootTime now);
  // No release: whoever lost it writes another, or runs out of time as if nothing had happened.
  void remove(const std::string& node);

  // Our own renewal, sent then, has come back: whoever has not renewed for the duration it
  // published is dead. Anything it wrote before our renewal would have come before it. Returns
  // their Leases.
  std::vector<Lease> conclude(BootTime sent);
  // When a renewal sent would tell something; `after` this time only.
  [[nodiscard]] std::optional<BootTime> next_suspicion(BootTime after) const;

  // Ours as it was last seen; null = there is none.
  [[nodiscard]] const Lease* own() const;
  // From when on ours, if somebody else holds it, may be taken.
  [[nodiscard]] BootTime own_expiry() const;
  // Of others than this node, ordered by name.
  [[nodiscard]] std::vector<Member> members() const;
  // The longest that any of those published.
  [[nodiscard]] std::chrono::milliseconds longest_duration() const;
  // Counts the changes of members(): whoever holds a copy sees whether it is stale.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  struct Seen {
    Lease lease;                            // the latest version
    BootTime since{0};                      // when the last sign of life was first seen
    std::chrono::milliseconds duration{0};  // published with it
    std::uint64_t patience = 1;             // times the duration
    bool there = true;                      // false = deleted
    bool alive = false;

    [[nodiscard]] BootTime expiry() const;
    [[nodiscard]] Member member() const;
  };

  static void take(Seen& seen, Lease lease, BootTime now);
  [[nodiscard]] bool may_die(const std::string& node, const Seen& seen) const;

  std::string own_node_;
  std::map<std::string, Seen> seen_;
  std::vector<Lease> listed_;
  bool fresh_ = true;  // the next list is the first since forget()
  std::uint64_t generation_ = 0;
};

}  // namespace isat
