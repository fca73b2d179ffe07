// SPDX-License-Identifier: Apache-2.0
// A cluster in a few words, and what it has told so far.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/cluster.h"

namespace isat {

inline Service a_service(const std::string& name, const std::vector<std::string>& addresses,
                         const std::string& created = "2026-01-01T00:00:00Z") {
  Service service{"n/" + name, created};
  for (const auto& address : addresses) service.addresses.push_back(*Address::parse(address));
  return service;
}

inline EndpointSlice a_slice(const std::string& service, const std::set<std::string>& nodes) {
  return {"n/" + service + "-1", "n/" + service, {nodes.size(), nodes}};
}

inline ClusterNode a_node(const std::string& name, const Labels& labels = {}) {
  return {name, labels, false};
}

inline IpAddressPool a_pool(const std::string& name, const std::string& range,
                            const Labels& labels = {}) {
  return {name, "2026-01-01T00:00:00Z", labels, {*AddressRange::parse(range)}};
}

inline LabelSelector selector(const std::string& key, const std::string& value) {
  return *LabelSelector::parse({{"matchLabels", {{key, value}}}});
}

inline L2Advertisement an_advertisement(const std::string& name) {
  L2Advertisement advertisement;
  advertisement.name = name;
  return advertisement;
}

class ClusterTest : public testing::Test {
 protected:
  using View = std::map<AssignmentKey, Assignment>;

  // Three nodes; a pool with an advertisement for all of them; a Service with an endpoint on each.
  void SetUp() override {
    for (const auto* name : {"node-a", "node-b", "node-c"}) cluster_.put(a_node(name));
    cluster_.put(a_pool("lan", "192.0.2.0/24"));
    cluster_.put(an_advertisement("all"));
    cluster_.put(a_service("web", {"192.0.2.10"}));
    cluster_.put(a_slice("web", {"node-a", "node-b", "node-c"}));
    settle();
  }

  // How many assignments changed.
  std::size_t settle() {
    const auto change = cluster_.settle();
    for (const auto& key : change.removed) EXPECT_EQ(view_.erase(key), 1U) << key.owner;
    for (const auto& assignment : change.added) {
      const auto [found, fresh] = view_.try_emplace(assignment.key, assignment);
      EXPECT_TRUE(fresh || found->second != assignment) << "told again: " << assignment.key.owner;
      found->second = assignment;
    }
    return change.added.size() + change.removed.size();
  }

  // "node-a node-b=3 node-c[eth0,eth1]": who may announce the address on behalf of the Service.
  std::string may(const std::string& service, const std::string& address) {
    settle();
    const auto found = view_.find({"n/" + service, *Address::parse(address)});
    if (found == view_.end()) return "nobody";
    std::string text;
    for (const auto& [node, terms] : found->second.candidacy->nodes) {
      text += (text.empty() ? "" : " ") + node;
      if (terms.score != 0) text += "=" + std::to_string(terms.score);
      std::string names;
      for (const auto& name : terms.interfaces) names += (names.empty() ? "" : ",") + name;
      if (!names.empty()) text += "[" + names + "]";
    }
    return text;
  }
  std::string web() { return may("web", "192.0.2.10"); }

  // "reason: sentence", or empty: why `node` does not announce the Service.
  std::string refusal(const std::string& service, const std::string& node = "node-a") {
    settle();
    for (const auto& each : cluster_.refusals(node)) {
      if (each.owner == "n/" + service) return each.refusal.reason + ": " + each.refusal.sentence;
    }
    return "";
  }

  std::string key(const std::string& service, const std::string& address) {
    settle();
    return view_.at({"n/" + service, *Address::parse(address)}).election_key;
  }

  Cluster cluster_{EligibilityRules{}};
  View view_;
};

}  // namespace isat
