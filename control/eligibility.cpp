// SPDX-License-Identifier: Apache-2.0
// May a Service be announced, and by which nodes.
#include "control/eligibility.h"

#include <algorithm>
#include <set>
#include <utility>

namespace isat {
namespace {

constexpr auto kNotOwner = "notOwner";
constexpr auto kNoMatchingAdvertisement = "noMatchingAdvertisement";

std::string text_of(const std::vector<Address>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + address.to_string();
  return text;
}

// An interface's name as a pattern that means just that name.
std::string pattern_of(const std::string& name) {
  std::string pattern;
  for (const char byte : name) {
    if (std::string_view(R"(^$\.*+?()[]{}|)").find(byte) != std::string_view::npos) pattern += '\\';
    pattern += byte;
  }
  return pattern;
}

std::string because_of(const ClusterNode& node) {
  return "node " + node.name + ": its network is available, " +
         (node.excluded() ? "and its exclude label is ignored" : "and no label excludes it");
}

std::optional<Refusal> refusal_by_itself(const ClusterNode& node, const EligibilityRules& rules) {
  if (node.network_unavailable) {
    return Refusal{kNotOwner, "node " + node.name +
                                  " has the condition NetworkUnavailable; its network plugin "
                                  "clears it when the node's network works"};
  }
  if (node.excluded() && !rules.ignore_exclude_label) {
    return Refusal{kNotOwner,
                   "node " + node.name +
                       " has the label node.kubernetes.io/exclude-from-external-load-balancers; "
                       "remove it, or set kubernetes.ignore_exclude_lb"};
  }
  return std::nullopt;
}

}  // namespace

Admission admit(const Service& service, const IpAddressPool* pool, const Advertisements& covering,
                const Endpoints& endpoints) {
  const auto refuse = [](const char* reason, std::string sentence) {
    return Admission{Refusal{reason, std::move(sentence)}, {}};
  };
  if (service.addresses.empty()) {
    if (!service.skipped.empty()) return refuse("invalidIP", service.skipped.front());
    return refuse("noIPAllocated",
                  "the Service has no address in status.loadBalancer.ingress; see what its "
                  "address controller says (kubectl describe service)");
  }
  if (pool == nullptr) {
    return refuse("ipNotAllowed", "no IPAddressPool has " + text_of(service.addresses) +
                                      (service.addresses.size() > 1 ? " together" : "") +
                                      "; add it to one");
  }
  if (endpoints.count == 0) {
    return refuse(kNotOwner,
                  "no endpoint of the Service can serve; its selector must match a ready pod");
  }
  Admission admission;
  std::copy_if(
      covering.begin(), covering.end(), std::back_inserter(admission.advertisements),
      [&](const auto* each) { return any_matches(each->service_selectors, service.labels); });
  if (service.shares) {
    for (const auto* each : admission.advertisements) {
      if (each->service_selectors.empty()) continue;
      return refuse("sharedIPWithServiceSelector",
                    "the Service may share its address (allow-shared-ip), and L2Advertisement " +
                        each->name +
                        " selects Services: two that share could be selected apart; remove "
                        "serviceSelectors or the annotation");
    }
  }
  if (admission.advertisements.empty()) {
    return refuse(kNoMatchingAdvertisement,
                  covering.empty()
                      ? "no L2Advertisement covers IPAddressPool " + pool->name + "; create one"
                      : "no L2Advertisement that covers IPAddressPool " + pool->name +
                            " selects the Service; see serviceSelectors");
  }
  return admission;
}

std::optional<NodeTerms> terms_of(const ClusterNode& node, const Advertisements& advertisements,
                                  const EligibilityRules& rules) {
  if (refusal_by_itself(node, rules)) return std::nullopt;
  NodeTerms terms;
  bool admitted = false;
  bool every_interface = false;
  std::set<std::string> interfaces;
  for (const auto* each : advertisements) {
    if (!any_matches(each->node_selectors, node.labels)) continue;
    admitted = true;
    every_interface = every_interface || each->interfaces.empty();
    for (const auto& name : each->interfaces) interfaces.insert(pattern_of(name));
    terms.score += each->score(node.labels);
  }
  if (!admitted) return std::nullopt;
  if (!every_interface) terms.interfaces.assign(interfaces.begin(), interfaces.end());
  return terms;
}

Candidacy candidacy_of(const Nodes& nodes, const Advertisements& advertisements,
                       const EligibilityRules& rules) {
  Candidacy candidacy;
  for (const auto& [name, node] : nodes) {
    if (auto terms = terms_of(node, advertisements, rules)) {
      candidacy.nodes.emplace_hint(candidacy.nodes.end(), name, std::move(*terms));
    }
  }
  return candidacy;
}

Candidacy with_endpoints(const Candidacy& candidacy, const Endpoints& endpoints) {
  Candidacy restricted;
  for (const auto& node : endpoints.nodes) {
    if (const auto* terms = candidacy.of(node)) restricted.nodes.emplace(node, *terms);
  }
  return restricted;
}

std::optional<Refusal> refusal_on(const std::string& name, const Nodes& nodes,
                                  const Service& service, const Advertisements& advertisements,
                                  const Endpoints& endpoints, const EligibilityRules& rules) {
  const auto found = nodes.find(name);
  if (found == nodes.end()) {
    return Refusal{kNotOwner, "the API knows no node " + name + "; check --node"};
  }
  const auto& node = found->second;
  if (std::none_of(advertisements.begin(), advertisements.end(), [&](const auto* each) {
        return any_matches(each->node_selectors, node.labels);
      })) {
    return Refusal{kNoMatchingAdvertisement, "no L2Advertisement for the Service selects node " +
                                                 name +
                                                 "; see nodeSelectors and the node's labels"};
  }
  if (auto refusal = refusal_by_itself(node, rules)) return refusal;
  if (service.local && !endpoints.nodes.contains(name)) {
    return Refusal{kNotOwner, "externalTrafficPolicy is Local, and node " + name +
                                  " has no endpoint of the Service that can serve"};
  }
  return std::nullopt;
}

ServiceStanding standing_on(const std::string& name, const Nodes& nodes, const Service& service,
                            const Advertisements& advertisements, const Endpoints& endpoints,
                            const EligibilityRules& rules) {
  ServiceStanding standing{service.name};
  standing.local = service.local;
  standing.endpoints = endpoints.count;
  standing.endpoint_nodes = endpoints.nodes.size();
  standing.endpoint_here = endpoints.nodes.contains(name);
  const auto found = nodes.find(name);
  if (found == nodes.end()) return standing;
  for (const auto* each : advertisements) {
    if (!any_matches(each->node_selectors, found->second.labels)) continue;
    standing.advertisements.push_back(each->name);
  }
  if (!refusal_by_itself(found->second, rules)) standing.node = because_of(found->second);
  return standing;
}

}  // namespace isat
