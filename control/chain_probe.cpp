// SPDX-License-Identifier: Apache-2.0
// What the probes heard: the link "alone", and what stands beside a chain that broke before it.
#include "control/chain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace isat {

bool Chain::is_ours(const MacAddress& mac) const {
  return std::any_of(evidence_.interfaces.begin(), evidence_.interfaces.end(),
                     [&](const auto& each) { return each.second.interface.mac == mac; });
}

std::string Chain::node_of(const MacAddress& mac) const {
  if (is_ours(mac)) return "this node";
  if (!evidence_.account) return "";
  const auto known = evidence_.account->nodes_by_mac.find(mac.to_string());
  return known == evidence_.account->nodes_by_mac.end() ? "" : known->second;
}

void Chain::hear() {
  for (const auto& [from, answers] : evidence_.probes) {
    ProbeSeen seen{from, {}};
    for (const auto& answer : answers) {
      const auto milliseconds = static_cast<double>(answer.after.count()) / 1000;
      seen.answers.push_back({answer.mac.to_string(), milliseconds, node_of(answer.mac)});
    }
    explanation_.probes.push_back(std::move(seen));
  }
}

bool Chain::alone() {
  if (explanation_.probes.empty()) return true;
  std::vector<std::string> heard;
  for (const auto& probe : explanation_.probes) {
    for (const auto& answer : probe.answers) {
      if (answer.node != "this node") {
        return broken(
            "alone",
            fmt::format("{}{} claims the address: it answered a probe from {} after {:.1f} ms",
                        answer.mac, answer.node.empty() ? "" : " of node " + answer.node,
                        probe.from, answer.milliseconds),
            "find that machine (`ip neighbour`, the switch's table) and take the address from "
            "it");
      }
      heard.push_back(
          fmt::format("from {}: {} after {:.1f} ms", probe.from, answer.mac, answer.milliseconds));
    }
    if (probe.answers.empty()) heard.push_back("from " + probe.from + ": nobody else answers");
  }
  return holds("alone", fmt::format("{}", fmt::join(heard, "; ")));
}

// One of those who answer has it; the others are told apart from it where the speakers say whose
// their MACs are.
void Chain::rivals() {
  std::string holder;
  if (evidence_.account) {
    const auto known = evidence_.account->addresses.find(text());
    if (known != evidence_.account->addresses.end()) holder = known->second.holder;
  }
  for (const auto& probe : explanation_.probes) {
    for (const auto& answer : probe.answers) {
      if (holder.empty() ? probe.answers.size() < 2 : answer.node == holder) continue;
      explanation_.warnings.push_back(fmt::format(
          "{} ({}) answers for it after {:.1f} ms, asked from {}{}: find that machine", answer.mac,
          answer.node.empty() ? "of no node known here" : answer.node, answer.milliseconds,
          probe.from,
          holder.empty() ? fmt::format(", and so do others, {} in all", probe.answers.size())
                         : ", and node " + holder + " holds it"));
    }
  }
}

}  // namespace isat
