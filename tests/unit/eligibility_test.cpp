// SPDX-License-Identifier: Apache-2.0
// MetalLB's rules about who may announce what, row by row (L6 … of docs/COMPATIBILITY.md).
#include "control/eligibility.h"

#include <gmock/gmock.h>

#include "cluster_fixture.h"

namespace isat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using Eligible = ClusterTest;
constexpr auto kEverybody = "node-a node-b node-c";

TEST_F(Eligible, L6AServiceWithoutAnAddressIsAnnouncedByNobody) {
  cluster_.put(a_service("web", {}));
  EXPECT_EQ(web(), "nobody");
  EXPECT_THAT(refusal("web"), StartsWith("noIPAllocated: "));
  auto skipped = a_service("web", {});
  skipped.skipped = {"'127.0.0.1' takes in loopback"};
  cluster_.put(skipped);
  EXPECT_EQ(refusal("web"), "invalidIP: '127.0.0.1' takes in loopback");
}

TEST_F(Eligible, L6OnePoolMustHaveAllAddresses) {
  EXPECT_EQ(web(), kEverybody);
  cluster_.put(a_service("web", {"192.0.2.10", "2001:db8::1"}));
  cluster_.put(a_pool("six", "2001:db8::/64"));
  EXPECT_EQ(web(), "nobody");
  EXPECT_EQ(refusal("web"),
            "ipNotAllowed: no IPAddressPool has 192.0.2.10, 2001:db8::1 together; add it to one");
  auto both = a_pool("lan", "192.0.2.0/24");
  both.ranges.push_back(*AddressRange::parse("2001:db8:1::/64"));
  cluster_.put(both);
  EXPECT_EQ(web(), "nobody");
  cluster_.put(a_service("web", {"192.0.2.10", "2001:db8:1::1"}));
  EXPECT_EQ(web(), kEverybody);
  EXPECT_EQ(may("web", "2001:db8:1::1"), kEverybody);
  cluster_.erase_pool("lan");
  EXPECT_EQ(web(), "nobody");
}

TEST_F(Eligible, L7WithoutAnAdvertisementNothingIsAnnounced) {
  cluster_.erase_advertisement("all");
  EXPECT_EQ(web(), "nobody");
  EXPECT_EQ(refusal("web"),
            "noMatchingAdvertisement: no L2Advertisement covers IPAddressPool lan; create one");
}

TEST_F(Eligible, L8AnAdvertisementCoversPoolsByNameAndByLabel) {
  auto named = an_advertisement("all");
  named.pools = {"other"};
  cluster_.put(named);
  EXPECT_EQ(web(), "nobody");
  named.pool_selectors = {selector("zone", "x")};
  cluster_.put(named);
  EXPECT_EQ(web(), "nobody");
  cluster_.put(a_pool("lan", "192.0.2.0/24", {{"zone", "x"}}));
  EXPECT_EQ(web(), kEverybody);
  cluster_.put(a_pool("lan", "192.0.2.0/24"));
  EXPECT_EQ(web(), "nobody");
  named.pools = {"lan"};
  cluster_.put(named);
  EXPECT_EQ(web(), kEverybody);
}

TEST_F(Eligible, L9NodeSelectorsAreAlternatives) {
  cluster_.put(a_node("node-a", {{"rack", "1"}}));
  cluster_.put(a_node("node-b", {{"rack", "2"}}));
  auto advertisement = an_advertisement("all");
  advertisement.node_selectors = {selector("rack", "1"), selector("rack", "2")};
  cluster_.put(advertisement);
  EXPECT_EQ(web(), "node-a node-b");
  EXPECT_EQ(refusal("web", "node-c"),
            "noMatchingAdvertisement: no L2Advertisement for the Service selects node node-c; see "
            "nodeSelectors and the node's labels");
  EXPECT_EQ(refusal("web", "node-a"), "");
  cluster_.put(a_node("node-c", {{"rack", "2"}}));
  cluster_.put(a_node("node-a"));
  EXPECT_EQ(web(), "node-b node-c");
}

TEST_F(Eligible, L10InterfacesAreAUnionUnlessOneNamesNone) {
  cluster_.put(a_node("node-b", {{"rack", "2"}}));
  auto first = an_advertisement("all");
  first.interfaces = {"eth0"};
  cluster_.put(first);
  auto second = an_advertisement("second");
  second.interfaces = {"eth1.5"};
  second.node_selectors = {selector("rack", "2")};
  cluster_.put(second);
  EXPECT_EQ(web(), R"(node-a[eth0] node-b[eth0,eth1\.5] node-c[eth0])");  // as a pattern
  second.interfaces = {};
  cluster_.put(second);
  EXPECT_EQ(web(), "node-a[eth0] node-b node-c[eth0]");
}

TEST_F(Eligible, L11ServiceSelectorsAreAlternatives) {
  auto advertisement = an_advertisement("all");
  advertisement.service_selectors = {selector("tier", "front"), selector("tier", "edge")};
  cluster_.put(advertisement);
  EXPECT_EQ(web(), "nobody");
  EXPECT_EQ(refusal("web"),
            "noMatchingAdvertisement: no L2Advertisement that covers IPAddressPool lan selects the "
            "Service; see serviceSelectors");
  auto labelled = a_service("web", {"192.0.2.10"});
  labelled.labels = {{"tier", "edge"}};
  cluster_.put(labelled);
  EXPECT_EQ(web(), kEverybody);
  labelled.labels = {{"tier", "back"}};
  cluster_.put(labelled);
  EXPECT_EQ(web(), "nobody");
}

TEST_F(Eligible, L12WhatMayShareItsAddressIsNotSelected) {
  auto shares = a_service("web", {"192.0.2.10"});
  shares.labels = {{"tier", "front"}};
  shares.shares = true;
  cluster_.put(shares);
  EXPECT_EQ(web(), kEverybody);
  auto selecting = an_advertisement("selecting");
  selecting.service_selectors = {selector("tier", "back")};
  cluster_.put(selecting);
  EXPECT_EQ(web(), kEverybody);  // it does not apply, and so does not matter
  selecting.service_selectors = {selector("tier", "front")};
  cluster_.put(selecting);
  EXPECT_EQ(web(), "nobody");
  EXPECT_THAT(refusal("web"), StartsWith("sharedIPWithServiceSelector: "));
  shares.shares = false;
  cluster_.put(shares);
  EXPECT_EQ(web(), kEverybody);
}

TEST_F(Eligible, L13PreferencesAddUpWithinTheNodesOfTheirAdvertisement) {
  cluster_.put(a_node("node-a", {{"disk", "ssd"}, {"rack", "1"}}));
  cluster_.put(a_node("node-b", {{"disk", "ssd"}}));
  auto first = an_advertisement("all");
  first.preferences = {{3, selector("disk", "ssd")}};
  cluster_.put(first);
  EXPECT_EQ(web(), "node-a=3 node-b=3 node-c");
  auto second = an_advertisement("second");
  second.node_selectors = {selector("rack", "1")};
  second.preferences = {{100, selector("disk", "ssd")}, {20, selector("rack", "1")}};
  cluster_.put(second);
  EXPECT_EQ(web(), "node-a=123 node-b=3 node-c");
}

TEST_F(Eligible, L14WithClusterPolicyAnEndpointAnywhereIsEnough) {
  cluster_.put(a_slice("web", {"node-z"}));
  EXPECT_EQ(web(), kEverybody);
}

TEST_F(Eligible, L15WithLocalPolicyOnlyNodesWithAnEndpoint) {
  auto local = a_service("web", {"192.0.2.10"});
  local.local = true;
  cluster_.put(local);
  EXPECT_EQ(web(), kEverybody);
  cluster_.put(a_slice("web", {"node-b", "node-z"}));
  EXPECT_EQ(web(), "node-b");
  EXPECT_EQ(refusal("web", "node-a"),
            "notOwner: externalTrafficPolicy is Local, and node node-a has no endpoint of the "
            "Service that can serve");
  EndpointSlice second{"n/web-2", "n/web", {true, {"node-a"}}};
  cluster_.put(second);
  EXPECT_EQ(web(), "node-a node-b");
  cluster_.erase_slice("n/web-1");
  EXPECT_EQ(web(), "node-a");
  second.endpoints = {true, {}};  // of nobody knows where
  cluster_.put(second);
  EXPECT_EQ(web(), "");
}

TEST_F(Eligible, L17WithoutAnEndpointThatServesNobodyAnnounces) {
  cluster_.put(a_slice("web", {}));
  EXPECT_EQ(web(), "nobody");
  EXPECT_EQ(refusal("web"),
            "notOwner: no endpoint of the Service can serve; its selector must match a ready pod");
  cluster_.put(EndpointSlice{"n/other-1", "n/other", {true, {"node-a"}}});
  EXPECT_EQ(web(), "nobody");
  cluster_.put(EndpointSlice{"n/other-1", "n/web", {true, {"node-a"}}});  // of another Service now
  EXPECT_EQ(web(), kEverybody);
}

TEST_F(Eligible, L18ANodeWithoutNetworkIsNoCandidate) {
  cluster_.put(ClusterNode{"node-a", {}, true});
  EXPECT_EQ(web(), "node-b node-c");
  EXPECT_THAT(refusal("web", "node-a"), StartsWith("notOwner: node node-a has the condition "
                                                   "NetworkUnavailable"));
  cluster_.put(a_node("node-a"));
  EXPECT_EQ(web(), kEverybody);
}

TEST_F(Eligible, L19TheExcludeLabelUnlessItIsIgnored) {
  const Labels excluded{{"node.kubernetes.io/exclude-from-external-load-balancers", ""}};
  cluster_.put(a_node("node-b", excluded));
  EXPECT_EQ(web(), "node-a node-c");
  EXPECT_THAT(refusal("web", "node-b"), HasSubstr("kubernetes.ignore_exclude_lb"));
  const Advertisements everywhere;
  const auto advertisement = an_advertisement("all");
  EXPECT_FALSE(terms_of(a_node("x", excluded), {&advertisement}, {}));
  EXPECT_TRUE(terms_of(a_node("x", excluded), {&advertisement}, {true}));
}

TEST_F(Eligible, ANodeThatTheApiDoesNotKnowIsToldSo) {
  EXPECT_EQ(refusal("web", "host"), "notOwner: the API knows no node host; check --node");
  cluster_.erase_node("node-c");
  EXPECT_EQ(web(), "node-a node-b");
}

TEST_F(Eligible, WithoutMetallbEveryAddressIsAllowedOnAnyNodeThatMayServe) {
  cluster_.put(a_service("far", {"203.0.113.1"}));
  cluster_.put(a_slice("far", {"node-z"}));
  cluster_.put(ClusterNode{"node-b", {}, true});
  EXPECT_EQ(may("far", "203.0.113.1"), "nobody");
  cluster_.set_unrestricted(true);
  EXPECT_EQ(may("far", "203.0.113.1"), "node-a node-c");
  EXPECT_EQ(web(), "node-a node-c");
  cluster_.put(a_slice("far", {}));
  EXPECT_EQ(may("far", "203.0.113.1"), "nobody");
  cluster_.set_unrestricted(false);
  EXPECT_EQ(web(), "node-a node-c");
  EXPECT_THAT(refusal("far"), StartsWith("ipNotAllowed: "));
}

}  // namespace
}  // namespace isat
