// SPDX-License-Identifier: Apache-2.0
// Addresses on their way to a node that comes before this one: answered for until that one is heard
// to announce them, or for as long as was promised. Pure: the time is handed in (CLOCK_BOOTTIME).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "control/membership.h"
#include "dataplane/address.h"
#include "dataplane/data_plane.h"

namespace isat {

class HandOver {
 public:
  // Somebody else announces an address that is answered for here. True when that ends a hand-over.
  // What comes before this node knows of one is remembered: the new holder may be the first to
  // tell.
  bool heard(const Address& address, const MacAddress& from, BootTime when);

  // Whether to answer on, now that `successor` holds the address. `promised` is the deadline in the
  // map, which must not move until the hand-over is over: the renewal it rests on was sent before
  // the successor could hold anything, so that two answer for no longer than a Lease is good, even
  // if neither hears the other, or this speaker dies. The first one counts until the hand-over is
  // over. `memory`: an announcement older than this belongs to an earlier move.
  [[nodiscard]] bool answers_on(const Address& address, const Member& successor, BootTime promised,
                                std::chrono::milliseconds memory, BootTime now);
  // Held again, after all; or still, as may be.
  void call_off(const Address& address) { leaving_.erase(address); }
  // Not answered for any more.
  void end(const Address& address);

  // Those whose time is up.
  [[nodiscard]] std::vector<Address> due(BootTime now) const;
  // Nothing = no address is on its way.
  [[nodiscard]] std::optional<BootTime> next_due() const;

 private:
  struct Leaving {
    BootTime until{0};
    std::optional<std::set<MacAddress>> successor;  // absent = not known: whoever announces it
  };
  struct Heard {
    MacAddress from;
    BootTime when{0};
  };

  std::map<Address, Leaving> leaving_;
  std::map<Address, Heard> heard_;  // the latest, of addresses answered for
};

}  // namespace isat
