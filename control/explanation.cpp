// SPDX-License-Identifier: Apache-2.0
// Why this node does or does not answer for an address, for people and for machines.
#include "control/explanation.h"

#include <fmt/format.h>

#include <algorithm>

namespace isat {
namespace {

const char* state_word(LinkState state) {
  switch (state) {
    case LinkState::kHolds:
      return "holds";
    case LinkState::kBroken:
      return "broken";
    case LinkState::kLacking:
      return "lacking";
    case LinkState::kUnseen:
      return "unseen";
  }
  return "unseen";
}

const char* state_mark(LinkState state) {
  switch (state) {
    case LinkState::kHolds:
      return "yes";
    case LinkState::kBroken:
      return "NO";
    case LinkState::kLacking:
      return "no";
    case LinkState::kUnseen:
      return "?";
  }
  return "?";
}

std::string probe_text(const ProbeSeen& probe) {
  std::string text = "  probe: from " + probe.from + ": ";
  if (probe.answers.empty()) return text + "nobody answers\n";
  for (const auto& answer : probe.answers) {
    text += fmt::format("{}{} after {:.1f} ms", &answer == &probe.answers.front() ? "" : "; ",
                        answer.mac, answer.milliseconds);
    if (!answer.node.empty()) text += " (" + answer.node + ")";
  }
  return text + "\n";
}

nlohmann::ordered_json probe_json(const ProbeSeen& probe) {
  nlohmann::ordered_json json = {{"from", probe.from},
                                 {"answers", nlohmann::ordered_json::array()}};
  for (const auto& answer : probe.answers) {
    json["answers"].push_back(
        {{"mac", answer.mac}, {"milliseconds", answer.milliseconds}, {"node", answer.node}});
  }
  return json;
}

}  // namespace

std::string explanation_text(const Explanation& explanation) {
  const auto address = explanation.address.to_string();
  std::string text = explanation.answers()
                         ? address + ": this node answers for it\n"
                         : address + ": this node does not answer for it: " + explanation.cause +
                               "\n  mend: " + explanation.mend + "\n";
  std::size_t width = 0;
  for (const auto& link : explanation.links) width = std::max(width, link.name.size());
  for (const auto& link : explanation.links) {
    text += fmt::format("  {:<3}  {:<{}}  {}\n", state_mark(link.state), link.name, width,
                        link.evidence);
  }
  for (const auto& probe : explanation.probes) text += probe_text(probe);
  for (const auto& warning : explanation.warnings) text += "  warning: " + warning + "\n";
  return text;
}

nlohmann::ordered_json explanation_json(const Explanation& explanation) {
  nlohmann::ordered_json json = {{"address", explanation.address.to_string()},
                                 {"answers", explanation.answers()},
                                 {"cause", explanation.cause},
                                 {"mend", explanation.mend},
                                 {"links", nlohmann::ordered_json::array()},
                                 {"probes", nlohmann::ordered_json::array()},
                                 {"warnings", explanation.warnings}};
  for (const auto& link : explanation.links) {
    json["links"].push_back(
        {{"link", link.name}, {"state", state_word(link.state)}, {"evidence", link.evidence}});
  }
  for (const auto& probe : explanation.probes) json["probes"].push_back(probe_json(probe));
  return json;
}

}  // namespace isat
