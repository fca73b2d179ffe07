// SPDX-License-Identifier: Apache-2.0
// The links of the wish: who asks for the address, and on which interfaces.
#include "control/chain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "control/eligible_interface.h"

namespace isat {

bool Chain::assigned() {
  if (evidence_.account) return in_cluster();
  if (!evidence_.configuration) {
    return unseen("assigned", "no configuration was named: --config FILE shows who wishes for it");
  }
  const auto& configuration = *evidence_.configuration;
  if (configuration.source == SourceKind::kKubernetes) {
    return unseen("assigned",
                  "the Services of the cluster say, and no speaker runs here to tell of them");
  }
  for (const auto& assignment : configuration.addresses) {
    if (assignment.key.address != address()) continue;
    wished_ = assignment.candidacy->any_other->interfaces;
    return holds("assigned", assignment.key.owner + " lists it");
  }
  return broken("assigned", evidence_.configuration_name + " does not list it",
                "add to " + evidence_.configuration_name + ": addresses: [\"" + text() + "\"]");
}

bool Chain::wished_for(const std::string& name) const {
  if (wished_.empty()) return true;
  return std::any_of(wished_.begin(), wished_.end(), [&](const std::string& pattern) {
    const auto compiled = compile_interface_pattern(pattern);
    return compiled && std::regex_match(name, *compiled);
  });
}

bool Chain::interface() {
  const auto filter = evidence_.configuration
                          ? InterfaceFilter::make(evidence_.configuration->interfaces,
                                                  evidence_.configuration->exclude_interfaces)
                          : InterfaceFilter::make({}, {});
  if (!filter) return unseen("interface", filter.error().message);
  std::vector<std::string> against;
  for (const auto& [index, each] : evidence_.interfaces) {
    const auto& name = each.interface.name;
    if (!evidence_.configuration && attachment(index) == nullptr)
      continue;  // all that is known of wishes
    if (!wished_for(name)) continue;
    const auto verdict = filter->check(each.interface);
    if (!verdict.eligible && evidence_.configuration) {
      if (name != "lo") against.push_back(name + " " + verdict.reason);
      continue;
    }
    if (!each.interface.carrier) {
      against.push_back(name + " has no carrier");
      continue;
    }
    places_.push_back(&each);
  }
  if (!places_.empty()) return holds("interface", names());
  if (!evidence_.configuration && against.empty()) return nothing_attached();
  if (!against.empty()) {
    return broken("interface",
                  fmt::format("no interface can serve it: {}", fmt::join(against, "; ")),
                  mend_interface(against));
  }
  return broken("interface",
                fmt::format("no interface of this node is named {}", fmt::join(wished_, " or ")),
                "name one that exists (`ip -brief link`) in `interfaces`");
}

std::string Chain::mend_interface(const std::vector<std::string>& against) {
  const auto& first = against.front();
  const auto name = first.substr(0, first.find(' '));
  if (first.ends_with(" is down")) return "ip link set " + name + " up";
  if (first.ends_with("no carrier")) return "plug in or mend the link of " + name;
  if (first.find("enslaved") != std::string::npos) {
    return "name its bridge, bond or VRF in `interfaces` instead";
  }
  return "name it in `interfaces`, or take it out of `exclude_interfaces`";
}

bool Chain::nothing_attached() {
  if (!evidence_.pins) return no_pins();
  return broken("interface", "no program of isat is on any interface that exists", start_speaker());
}

}  // namespace isat
