// SPDX-License-Identifier: Apache-2.0
// The course of a packet through the host's packet filters: where it would be sent on to, and which
// chains would drop it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/packet.h"
#include "control/ruleset.h"

namespace isat {

struct PacketDrop {
  std::string chain;  // "table inet filter, chain forward"
  bool certain;       // else something before may accept it, or the rule asks for more than its
                      // destination

  bool operator==(const PacketDrop&) const = default;
};

// As much of the way as comes before destinations are translated, or all of it.
enum class Stretch { kBeforeTranslation, kWhole };

// Of every base chain at the hook. Left out is a rule that asks for what cannot be known, unless it
// asks for the destination: what it is for is somebody else's, as far as can be seen.
[[nodiscard]] std::vector<PacketDrop> packet_drops(const Ruleset& ruleset, const std::string& hook,
                                                   const Packet& packet,
                                                   Stretch stretch = Stretch::kWhole);

// What prerouting may make of its destination; an absent address is one that cannot be seen, as
// from iptables. Empty = it stays.
[[nodiscard]] std::set<std::optional<Address>> translations(const Ruleset& ruleset,
                                                            const Packet& packet);

}  // namespace isat
