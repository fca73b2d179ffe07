// SPDX-License-Identifier: Apache-2.0
// The chain itself: from the first link to the last, or to the broken one.
#include "control/chain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace isat {

Explanation Chain::follow() {
  hear();
  (void)(assigned() && interface() && attached() && programmed() && vouched() && group() &&
         announced() && alone() && asked() && answered() && delivered());
  if (!was_followed_to("alone")) rivals();
  warn();
  return std::move(explanation_);
}

bool Chain::holds(const char* link, std::string seen) {
  explanation_.links.push_back({link, LinkState::kHolds, std::move(seen)});
  return true;
}

bool Chain::unseen(const char* link, std::string why) {
  explanation_.links.push_back({link, LinkState::kUnseen, std::move(why)});
  return true;
}

bool Chain::lacking(const char* link, const std::string& why) {
  explanation_.links.push_back({link, LinkState::kLacking, why});
  return true;
}

bool Chain::was_followed_to(const std::string& link) const {
  const auto& links = explanation_.links;
  return std::any_of(links.begin(), links.end(),
                     [&](const Link& each) { return each.name == link; });
}

bool Chain::broken(const char* link, const std::string& cause, std::string mend) {
  explanation_.links.push_back({link, LinkState::kBroken, cause});
  explanation_.cause = cause;
  explanation_.mend = std::move(mend);
  return false;
}

std::string Chain::names() const {
  std::vector<std::string> all;
  for (const auto* place : places_) all.push_back(place->interface.name);
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string Chain::start_speaker() const {
  return evidence_.configuration ? "isat run --config " + evidence_.configuration_name
                                 : "isat run --config FILE";
}

void Chain::warn() {
  for (const auto* lines : {&evidence_.unseen, &evidence_.unprobed}) {
    for (const auto& line : *lines) explanation_.warnings.push_back("not seen: " + line);
  }
  for (const auto* place : places_) {
    const auto& subnets = place->interface.subnets;
    const auto ours = [&](const Subnet& subnet) { return subnet.contains(address()); };
    if (subnets.empty() || std::any_of(subnets.begin(), subnets.end(), ours)) continue;
    explanation_.warnings.push_back(
        fmt::format("{} lies in none of {}'s subnets ({}): clients there need a route to it",
                    text(), place->interface.name, fmt::join(subnet_texts(subnets), ", ")));
  }
}

std::vector<std::string> Chain::subnet_texts(const std::set<Subnet>& subnets) {
  std::vector<std::string> texts;
  texts.reserve(subnets.size());
  for (const auto& subnet : subnets) texts.push_back(subnet.to_string());
  return texts;
}

}  // namespace isat
