// SPDX-License-Identifier: Apache-2.0
// The host's own packet filters (nftables) that frames of ours may meet, for people to be told of.
#pragma once

#include <string>
#include <vector>

#include "control/ruleset.h"
#include "dataplane/result.h"

namespace isat {

// A base chain that can drop: by its policy, or by one of its rules.
struct PacketFilter {
  std::string family;  // "bridge", "inet", …
  std::string hook;    // "prerouting", "input", …
  std::string name;    // "table bridge lan, chain guard"

  bool operator==(const PacketFilter&) const = default;
};

// A chain that is jumped to is followed.
[[nodiscard]] std::vector<PacketFilter> packet_filters(const Ruleset& ruleset);

// The rules of this network namespace as JSON, by libnftables. Needs CAP_NET_ADMIN.
[[nodiscard]] Result<std::string> packet_filter_ruleset();

}  // namespace isat
