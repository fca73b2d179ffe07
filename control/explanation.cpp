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
    case LinkState::kUnseen:
      return "?";
  }
  return "?";
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
  for (const auto& warning : explanation.warnings) text += "  warning: " + warning + "\n";
  return text;
}

nlohmann::ordered_json explanation_json(const Explanation& explanation) {
  nlohmann::ordered_json json = {{"address", explanation.address.to_string()},
                                 {"answers", explanation.answers()},
                                 {"cause", explanation.cause},
                                 {"mend", explanation.mend},
                                 {"links", nlohmann::ordered_json::array()},
                                 {"warnings", explanation.warnings}};
  for (const auto& link : explanation.links) {
    json["links"].push_back(
        {{"link", link.name}, {"state", state_word(link.state)}, {"evidence", link.evidence}});
  }
  return json;
}

}  // namespace isat
