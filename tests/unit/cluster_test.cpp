// SPDX-License-Identifier: Apache-2.0
// The cluster's assignments: shared addresses, increments, and every order of the same news.
#include "control/cluster.h"

#include <gmock/gmock.h>

#include <rapidcheck/gtest.h>
#include <algorithm>
#include <functional>
#include <numeric>

#include "cluster_fixture.h"

namespace isat {
namespace {

TEST_F(ClusterTest, L21ServicesConnectedByAddressesElectOnceWithTheKeyOfTheOldest) {
  cluster_.put(a_pool("lan", "192.0.2.0/24"));
  cluster_.put(a_service("b", {"192.0.2.20", "192.0.2.10"}, "2026-01-01T00:00:00Z"));
  cluster_.put(a_slice("b", {"node-a"}));
  EXPECT_EQ(key("web", "192.0.2.10"), "192.0.2.20");  // as old, and first by name
  EXPECT_EQ(key("b", "192.0.2.20"), "192.0.2.20");
  // A chain: b and c, c and d.
  cluster_.put(a_service("c", {"192.0.2.30", "192.0.2.20"}, "2025-06-01T00:00:00Z"));
  cluster_.put(a_service("d", {"192.0.2.40", "192.0.2.30"}, "2026-06-01T00:00:00Z"));
  for (const auto* name : {"c", "d"}) cluster_.put(a_slice(name, {"node-b"}));
  for (const auto& [service, address] : std::vector<std::pair<const char*, const char*>>{
           {"web", "192.0.2.10"}, {"b", "192.0.2.10"}, {"c", "192.0.2.20"}, {"d", "192.0.2.40"}}) {
    EXPECT_EQ(key(service, address), "192.0.2.30") << service;
  }
  // The link goes: two groups again.
  cluster_.erase_service("n/c");
  EXPECT_EQ(key("d", "192.0.2.40"), "192.0.2.40");
  EXPECT_EQ(key("web", "192.0.2.10"), "192.0.2.20");
  cluster_.put(a_service("b", {"192.0.2.20"}));
  EXPECT_EQ(key("web", "192.0.2.10"), "192.0.2.10");
}

TEST_F(ClusterTest, L21OfServicesThatShareEitherMayBringItsNodes) {
  auto local = a_service("web", {"192.0.2.10"});
  local.local = true;
  cluster_.put(local);
  cluster_.put(a_slice("web", {"node-a"}));
  auto other = a_service("other", {"192.0.2.10", "192.0.2.11"});
  other.local = true;
  cluster_.put(other);
  cluster_.put(a_slice("other", {"node-b"}));
  EXPECT_EQ(web(), "node-a node-b");
  EXPECT_EQ(may("other", "192.0.2.11"), "node-a node-b");
  cluster_.put(a_slice("other", {}));
  EXPECT_EQ(web(), "node-a");
  EXPECT_EQ(may("other", "192.0.2.11"), "nobody");
}

TEST_F(ClusterTest, OneChangeCostsOneChange) {
  for (int number = 20; number < 120; ++number) {
    const auto name = "s" + std::to_string(number);
    cluster_.put(a_service(name, {"192.0.2." + std::to_string(number)}));
    cluster_.put(a_slice(name, {"node-a"}));
  }
  EXPECT_EQ(settle(), 100U);
  EXPECT_EQ(settle(), 0U);
  cluster_.put(a_slice("s20", {}));
  EXPECT_EQ(settle(), 1U);
  cluster_.put(a_slice("s21", {"node-b"}));  // who has the endpoint is nothing to Cluster policy
  EXPECT_EQ(settle(), 0U);
  cluster_.put(a_node("node-a", {{"heartbeat", "2"}}));  // a label that nobody asks for
  EXPECT_EQ(settle(), 0U);
  cluster_.put(a_pool("far", "203.0.113.0/24"));
  auto other = an_advertisement("other");
  other.pools = {"far"};
  other.interfaces = {"eth9"};
  cluster_.put(other);
  EXPECT_EQ(settle(), 0U);
  cluster_.put(a_service("s22", {"203.0.113.5"}));
  EXPECT_EQ(settle(), 2U);
}

TEST_F(ClusterTest, WhatSpeaksForAServiceOnANode) {
  auto here = an_advertisement("here");
  here.node_selectors = {selector("site", "here")};
  cluster_.put(here);
  auto local = a_service("local", {"198.51.100.1"});
  local.local = true;
  cluster_.put(local);
  cluster_.put(a_node("node-a", {{"site", "here"}}));
  settle();
  auto standings = cluster_.standings("node-a");
  ASSERT_EQ(standings.size(), 2U);
  EXPECT_EQ(standings[0].owner, "n/local");
  EXPECT_EQ(standings[0].pool, "") << "none has the address";
  EXPECT_TRUE(standings[0].local);
  EXPECT_EQ(standings[0].endpoints, 0U);
  const ServiceStanding expected{"n/web",
                                 false,
                                 "lan",
                                 {"all", "here"},
                                 "node node-a: its network is available, and no label excludes it",
                                 3,
                                 3,
                                 true,
                                 false};
  EXPECT_EQ(standings[1], expected);
  EXPECT_EQ(cluster_.standings("node-b")[1].advertisements, std::vector<std::string>{"all"});
  cluster_.put(a_node("node-b", {{"node.kubernetes.io/exclude-from-external-load-balancers", ""}}));
  settle();
  EXPECT_EQ(cluster_.standings("node-b")[1].node, "");
  EXPECT_EQ(cluster_.standings("nobody")[1].node, "");
}

TEST_F(ClusterTest, ServicesWithTheSameAdvertisementsShareOneCandidacy) {
  cluster_.put(a_service("other", {"192.0.2.11"}));
  cluster_.put(a_slice("other", {"node-a"}));
  settle();
  ASSERT_EQ(view_.size(), 2U);
  EXPECT_EQ(view_.begin()->second.candidacy, view_.rbegin()->second.candidacy);
  cluster_.put(a_node("node-b", {{"node.kubernetes.io/exclude-from-external-load-balancers", ""}}));
  EXPECT_EQ(settle(), 2U);
  EXPECT_EQ(view_.begin()->second.candidacy, view_.rbegin()->second.candidacy);
  EXPECT_EQ(web(), "node-a node-c");
}

TEST_F(ClusterTest, L27PoolsThatOverlapAreNamedAndTheOlderDecides) {
  auto younger = a_pool("younger", "192.0.2.0/28");
  younger.created = "2026-05-01T00:00:00Z";
  cluster_.put(younger);
  EXPECT_EQ(settle(), 0U);
  EXPECT_EQ(cluster_.overlaps().size(), 1U);
  EXPECT_TRUE(cluster_.overlaps().contains("younger"));
  cluster_.erase_pool("younger");
  settle();
  EXPECT_TRUE(cluster_.overlaps().empty());
}

// --- Every order of the same news ------------------------------------------------------------

using News = std::function<void(Cluster&)>;

// Objects in their forms: a piece of news is one object in one form, or its absence.
std::vector<std::vector<News>> universe() {
  const auto put = [](auto object) {
    return News([object](Cluster& cluster) { cluster.put(object); });
  };
  const Labels excluded{{"node.kubernetes.io/exclude-from-external-load-balancers", ""}};
  auto local = a_service("b", {"192.0.2.20", "192.0.2.10"}, "2025-01-01T00:00:00Z");
  local.local = true;
  auto labelled = a_service("a", {"192.0.2.10"});
  labelled.labels = {{"tier", "front"}};
  auto shared = labelled;
  shared.shares = true;
  auto selecting = an_advertisement("one");
  selecting.service_selectors = {selector("tier", "front")};
  selecting.interfaces = {"eth1"};
  auto racked = an_advertisement("two");
  racked.node_selectors = {selector("rack", "1")};
  racked.preferences = {{5, selector("rack", "1")}};
  auto by_label = an_advertisement("two");
  by_label.pool_selectors = {selector("zone", "x")};
  auto younger = a_pool("narrow", "192.0.2.0/27", {{"zone", "x"}});
  younger.created = "2026-09-01T00:00:00Z";
  auto older = a_pool("narrow", "192.0.2.16/28", {{"zone", "x"}});
  older.created = "2025-09-01T00:00:00Z";
  return {
      {put(a_node("node-a")), put(a_node("node-a", {{"rack", "1"}})),
       put(a_node("node-a", excluded)), [](Cluster& cluster) { cluster.erase_node("node-a"); }},
      {put(a_node("node-b", {{"rack", "1"}})), put(ClusterNode{"node-b", {}, true})},
      {put(a_pool("lan", "192.0.2.0/24")), put(a_pool("lan", "192.0.2.0/28", {{"zone", "x"}})),
       [](Cluster& cluster) { cluster.erase_pool("lan"); }},
      {put(younger), put(older), [](Cluster& cluster) { cluster.erase_pool("narrow"); }},
      {put(an_advertisement("one")), put(selecting),
       [](Cluster& cluster) { cluster.erase_advertisement("one"); }},
      {put(racked), put(by_label), [](Cluster& cluster) { cluster.erase_advertisement("two"); }},
      {put(a_service("a", {"192.0.2.10"})), put(labelled), put(shared),
       [](Cluster& cluster) { cluster.erase_service("n/a"); }},
      {put(local), put(a_service("b", {"192.0.2.20"})), put(a_service("b", {})),
       [](Cluster& cluster) { cluster.erase_service("n/b"); }},
      {put(a_slice("a", {"node-a"})), put(a_slice("a", {})),
       [](Cluster& cluster) { cluster.erase_slice("n/a-1"); }},
      {put(a_slice("b", {"node-b"})), put(a_slice("b", {"node-a", "node-b"})),
       put(EndpointSlice{"n/b-1", "n/a", {true, {"node-b"}}})},
      {[](Cluster& cluster) { cluster.set_unrestricted(true); },
       [](Cluster& cluster) { cluster.set_unrestricted(false); }}};
}

void apply(Cluster& cluster, std::map<AssignmentKey, Assignment>& view) {
  const auto change = cluster.settle();
  for (const auto& key : change.removed) view.erase(key);
  for (const auto& assignment : change.added) view.insert_or_assign(assignment.key, assignment);
}

// Events of one object keep their order, as the API's do; those of different objects may mix.
RC_GTEST_PROP(ClusterOrders, AnyHistoryEndsWhereItsLastStateBegins, ()) {
  const auto objects = universe();
  const auto history =
      *rc::gen::container<std::vector<std::pair<std::size_t, std::size_t>>>(rc::gen::pair(
          rc::gen::inRange<std::size_t>(0, objects.size()), rc::gen::inRange<std::size_t>(0, 4)));
  const auto settles =
      *rc::gen::container<std::vector<bool>>(history.size(), rc::gen::arbitrary<bool>());
  Cluster lived{EligibilityRules{}};
  std::map<AssignmentKey, Assignment> view;
  std::map<std::size_t, std::size_t> last;
  for (std::size_t step = 0; step < history.size(); ++step) {
    const auto [object, form] = history[step];
    last[object] = form % objects[object].size();
    objects[object][last[object]](lived);
    if (settles[step]) apply(lived, view);
  }
  apply(lived, view);

  Cluster fresh{EligibilityRules{}};
  std::map<AssignmentKey, Assignment> expected;
  for (const auto& [object, form] : last) objects[object][form](fresh);
  apply(fresh, expected);
  RC_ASSERT(view == expected);
  RC_ASSERT(lived.overlaps() == fresh.overlaps());
}

TEST(ClusterOrders, AllOrdersOfTheSameEventsEndInTheSameAssignments) {
  const auto objects = universe();
  // Nodes, pool, selecting advertisement, two Services that share, their slices.
  std::vector<News> news{objects[0][1], objects[1][0], objects[2][0], objects[4][1],
                         objects[6][1], objects[7][0], objects[8][0], objects[9][0]};
  std::vector<std::size_t> order(news.size());
  std::iota(order.begin(), order.end(), 0U);
  std::map<AssignmentKey, Assignment> expected;
  int orders = 0;
  do {
    Cluster cluster{EligibilityRules{}};
    std::map<AssignmentKey, Assignment> view;
    for (const auto place : order) {
      news[place](cluster);
      apply(cluster, view);
    }
    if (orders++ == 0) expected = view;
    ASSERT_EQ(view.size(), 1U);
    ASSERT_TRUE(view == expected);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 40'320);
}

}  // namespace
}  // namespace isat
