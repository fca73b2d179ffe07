// SPDX-License-Identifier: Apache-2.0
// Why this node does or does not answer for an address: the chain from wish to answer, link by
// link.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataplane/address.h"

namespace isat {

enum class LinkState {
  kHolds,
  kBroken,   // the cause: nothing after it can hold
  kLacking,  // does not hold, and requests are answered all the same, for now
  kUnseen,   // could not be looked at from here, or nothing happened yet that would show it
};

struct Link {
  std::string name;  // "assigned", "interface", …
  LinkState state = LinkState::kUnseen;
  std::string evidence;  // what was seen, one line
};

struct ProbeAnswerSeen {
  std::string mac;
  double milliseconds = 0;
  std::string node;  // whose it is; empty = nobody's that is known here
};

struct ProbeSeen {
  std::string from;                      // the interface asked from
  std::vector<ProbeAnswerSeen> answers;  // in the order they came
};

struct Explanation {
  Address address;
  std::vector<Link> links;            // up to the first broken one
  std::string cause;                  // one sentence; empty when no link is broken
  std::string mend;                   // a command, or a piece of YAML; empty when no link is broken
  std::vector<ProbeSeen> probes;      // those that were sent, whichever link is broken
  std::vector<std::string> warnings;  // what may hurt, though the chain holds; one line each

  // No link is broken and the map says that requests are answered.
  [[nodiscard]] bool answers() const { return cause.empty(); }
};

[[nodiscard]] std::string explanation_text(const Explanation& explanation);
[[nodiscard]] nlohmann::ordered_json explanation_json(const Explanation& explanation);

}  // namespace isat
