// SPDX-License-Identifier: Apache-2.0
// The links in the cluster, as the running speaker knows them: from assigned to elected.
#include "control/chain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

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

// What allows a Service to be announced from here, by link. Empty = nothing does, or the speaker
// does not tell.
using Telling = std::string (*)(const ServiceStanding&);
const std::string kEveryAddress = "MetalLB's resources are not installed: every address is allowed";

std::string pool_of(const ServiceStanding& standing) {
  if (standing.unrestricted) return kEveryAddress;
  return standing.pool.empty() ? "" : "IPAddressPool " + standing.pool;
}

std::string advertisements_of(const ServiceStanding& standing) {
  if (standing.unrestricted) return kEveryAddress;
  return standing.advertisements.empty()
             ? ""
             : fmt::format("L2Advertisement {}", fmt::join(standing.advertisements, ", "));
}

std::string endpoints_of(const ServiceStanding& standing) {
  if (standing.endpoints == 0) return "";
  auto all = fmt::format("{} can serve, on {} node{}", standing.endpoints, standing.endpoint_nodes,
                         standing.endpoint_nodes == 1 ? "" : "s");
  if (!standing.local) return all;
  return standing.endpoint_here ? all + "; externalTrafficPolicy is Local, and one is here" : "";
}

constexpr std::array<std::pair<const char*, Telling>, 4> kAllowing = {
    {{"pool", pool_of},
     {"advertisement", advertisements_of},
     {"node eligible", [](const ServiceStanding& standing) { return standing.node; }},
     {"endpoint", endpoints_of}}};

}  // namespace

// Up to the link named; what is not told is left out.
void Chain::allowed(const std::vector<std::string>& owners, const std::string& end) {
  if (end == "assigned") return;
  holds("assigned", fmt::format("{}", fmt::join(owners, ", ")));
  for (const auto& [link, tell] : kAllowing) {
    if (end == link) return;
    std::vector<std::string> told;
    for (const auto& owner : owners) {
      const auto standing = evidence_.account->standings.find(owner);
      if (standing == evidence_.account->standings.end()) continue;
      const auto one = tell(standing->second);
      if (!one.empty()) told.push_back(owners.size() > 1 ? fmt::format("{}: {}", owner, one) : one);
    }
    if (!told.empty()) holds(link, fmt::format("{}", fmt::join(told, "; ")));
  }
}

// Those that share the address and do not count for it here are said beside the chain.
std::vector<std::string> Chain::counting(std::vector<std::string> owners) {
  for (const auto& refusal : evidence_.account->refusals) {
    const auto& refused = refusal.addresses;
    if (std::find(refused.begin(), refused.end(), text()) == refused.end()) continue;
    std::erase(owners, refusal.owner);
    explanation_.warnings.push_back(refusal.owner + " shares it, and by itself would not have it " +
                                    "announced from here: " + refusal.cause);
  }
  return owners;
}

// In the words of whoever misses it: the Lease is written all the time, the watches only listen.
// Empty = none.
std::string Chain::api_trouble() const {
  if (!evidence_.account || !evidence_.speaker_account) return "";
  if (!evidence_.account->in_touch) {
    return "the speaker goes by its last view of the API: " + evidence_.account->out_of_touch_cause;
  }
  const auto& failures = evidence_.speaker_account->failures;
  const auto membership = failures.find("membership");
  return membership == failures.end() ? ""
                                      : "the speaker cannot renew its Lease: " + membership->second;
}

bool Chain::in_cluster() {
  const auto& account = *evidence_.account;
  if (const auto trouble = api_trouble(); !trouble.empty()) {
    explanation_.warnings.push_back(trouble);
  }
  if (const auto* refusal = account.refusal(text())) {
    const auto* const link{link_of(*refusal)};
    allowed({refusal->owner}, link);
    return broken(link, refusal->owner + ": " + refusal->cause,
                  refusal->mend.empty() ? "isat status" : refusal->mend);
  }
  const auto found = account.addresses.find(text());
  if (found == account.addresses.end()) return no_service();
  const auto& [address, assignment] = *found;
  allowed(counting(assignment.owners), "elected");
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
