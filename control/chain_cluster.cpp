// SPDX-License-Identifier: Apache-2.0
// The links in the cluster, as the running speaker knows them: assigned, allowed, elected.
#include "control/chain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace isat {
namespace {

// Which link MetalLB's reason stands for. Its `notOwner` has several causes; the sentences of
// eligibility.cpp tell them apart.
const char* link_of(const AccountRefusal& refusal) {
  if (refusal.reason == "noIPAllocated" || refusal.reason == "invalidIP") return "assigned";
  if (refusal.reason == "ipNotAllowed") return "pool";
  if (refusal.reason != "notOwner") return "advertisement";
  return refusal.cause.find("endpoint") == std::string::npos ? "node eligible" : "endpoint";
}

// The names that patterns of L2Advertisements stand for: each is one name, escaped.
std::string names_of(std::vector<std::string> patterns) {
  for (auto& pattern : patterns) std::erase(pattern, '\\');
  return fmt::format("{}", fmt::join(patterns, ", "));
}

}  // namespace

bool Chain::in_cluster() {
  const auto& account = *evidence_.account;
  if (!account.in_touch) {
    explanation_.warnings.push_back("the speaker goes by its last view of the API: " +
                                    account.out_of_touch_cause);
  }
  if (const auto* refusal = account.refusal(text())) {
    return broken(link_of(*refusal), refusal->owner + ": " + refusal->cause,
                  refusal->mend.empty() ? "isat status" : refusal->mend);
  }
  const auto found = account.addresses.find(text());
  if (found == account.addresses.end()) return no_service();
  const auto& [address, assignment] = *found;
  holds("assigned", fmt::format("{}", fmt::join(assignment.owners, ", ")));
  holds("allowed", "pool, advertisement, node and endpoints permit it");
  const auto candidates = fmt::format("{}", fmt::join(assignment.candidates, ", "));
  if (assignment.holder.empty()) return no_holder(assignment);
  if (assignment.holder != account.node) {
    return broken(
        "elected",
        fmt::format("node {} holds it (candidates in order: {})", assignment.holder, candidates),
        "isat explain " + text() + " on node " + assignment.holder);
  }
  wished_ = assignment.interfaces;
  return holds("elected", fmt::format("{}, of: {}", account.node, candidates));
}

bool Chain::no_service() {
  const auto& account = *evidence_.account;
  if (const auto* other = account.other_class(text())) {
    return broken("assigned",
                  fmt::format("{} has it, and {}: it is another controller's", other->owner,
                              other->name.empty() ? std::string("names no loadBalancerClass")
                                                  : "its loadBalancerClass is " + other->name),
                  other->name.empty() ? "kubernetes: {load_balancer_class: \"\"}"
                                      : "kubernetes: {load_balancer_class: " + other->name + "}");
  }
  const std::string none =
      "no Service of type LoadBalancer, of the class this speaker serves, has it in its status";
  if (const auto waiting = account.waiting(); !waiting.empty()) {
    return broken("assigned",
                  fmt::format("{}; without an address yet: {}", none, fmt::join(waiting, ", ")),
                  "see what the controller that gives addresses says: kubectl describe service");
  }
  return broken("assigned", none,
                "kubectl get services --all-namespaces; see kubernetes.load_balancer_class");
}

// Nobody can, and perhaps because of what the advertisements ask of this node's interfaces.
bool Chain::no_holder(const AccountAddress& assignment) {
  std::vector<std::string> against;
  wished_ = assignment.interfaces;
  for (const auto& [index, each] : evidence_.interfaces) {
    const auto& name = each.interface.name;
    if (wished_.empty() || !wished_for(name)) continue;
    against.push_back(name + (!each.interface.up        ? " is down"
                              : !each.interface.carrier ? " has no carrier"
                                                        : " is not served by isat"));
  }
  if (!against.empty()) {
    return broken("interface",
                  fmt::format("its L2Advertisements allow other interfaces than those in use: {}",
                              fmt::join(against, "; ")),
                  mend_interface(against));
  }
  if (!wished_.empty()) {
    return broken("interface",
                  fmt::format("its L2Advertisements name {}, and node {} has no such interface",
                              names_of(wished_), evidence_.account->node),
                  "name one that exists (`ip -brief link`) in their `interfaces`, or none");
  }
  return broken(
      "elected",
      "no live node may announce it: none has a speaker and an interface with carrier (where "
      "match_subnet is on, in a subnet of the address)",
      "isat status on the nodes its advertisements select");
}

}  // namespace isat
