// SPDX-License-Identifier: Apache-2.0
// The cluster's links, as a running speaker tells of them.
#include "tests/unit/chain_fixture.h"

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The cluster's links, as a running speaker tells of them.
class ClusterChainTest : public ChainTest {
 protected:
  ClusterChainTest() {
    evidence.configuration.reset();
    ClusterAccount account{"here", true, "", {}, {}};
    account.addresses["192.0.2.10"] = {{"default/web"}, "here", {"here", "there"}};
    account.standings["default/web"] = {"default/web",   false, "lan", {"all", "some"},
                                        "node here may", 3,     2};
    evidence.account = account;
    evidence.speaker_account = SpeakerAccount{"here", {}, {}};
  }
  // The links that hold before the broken one.
  std::vector<std::string> held() {
    std::vector<std::string> names;
    for (const auto& link : Chain(kTen, evidence).follow().links) {
      if (link.state == LinkState::kHolds) names.push_back(link.name);
    }
    return names;
  }
  ClusterAccount& account() { return *evidence.account; }
  std::string refused(const char* reason, const char* sentence) {
    account().refusals = {{"default/web", {"192.0.2.10"}, reason, sentence, "mend it"}};
    return cause();
  }
};

TEST_F(ClusterChainTest, TheHolderAnswers) {
  EXPECT_EQ(cause(), "");
  const auto links = Chain(kTen, evidence).follow().links;
  std::vector<std::string> first;
  for (std::size_t i = 0; i < 6; ++i) first.push_back(links[i].name + ": " + links[i].evidence);
  EXPECT_THAT(
      first, ElementsAre("assigned: default/web", "pool: IPAddressPool lan",
                         "advertisement: L2Advertisement all, some", "node eligible: node here may",
                         "endpoint: 3 can serve, on 2 nodes", "elected: here, of: here, there"));
}

TEST_F(ClusterChainTest, EachReasonHasItsLink) {
  EXPECT_EQ(refused("ipNotAllowed", "no IPAddressPool has it"),
            "pool: default/web: no IPAddressPool has it");
  EXPECT_EQ(mend(), "mend it");
  EXPECT_EQ(refused("noMatchingAdvertisement", "no L2Advertisement covers IPAddressPool lan"),
            "advertisement: default/web: no L2Advertisement covers IPAddressPool lan");
  EXPECT_THAT(refused("notOwner", "node here has the condition NetworkUnavailable"),
              HasSubstr("node eligible: "));
  EXPECT_THAT(refused("notOwner", "no endpoint of the Service can serve"), HasSubstr("endpoint: "));
  EXPECT_THAT(refused("noIPAllocated", "the Service has no address"), HasSubstr("assigned: "));
}

TEST_F(ClusterChainTest, WhatHoldsBeforeARefusalIsShown) {
  refused("noMatchingAdvertisement", "no L2Advertisement for the Service selects node here");
  EXPECT_THAT(held(), ElementsAre("assigned", "pool"));
  refused("notOwner", "node here has no endpoint of the Service that can serve");
  EXPECT_THAT(held(), ElementsAre("assigned", "pool", "advertisement", "node eligible"));
  account().standings["default/web"].advertisements.clear();
  EXPECT_THAT(held(), ElementsAre("assigned", "pool", "node eligible"))
      << "what the speaker does not know is not said to hold";
  account().standings.clear();
  EXPECT_THAT(held(), ElementsAre("assigned"));
}

TEST_F(ClusterChainTest, ALocalServiceShowsItsEndpointHere) {
  auto& standing = account().standings["default/web"];
  standing.local = standing.endpoint_here = true;
  standing.endpoint_nodes = 1;
  EXPECT_EQ(Chain(kTen, evidence).follow().links[4].evidence,
            "3 can serve, on 1 node; externalTrafficPolicy is Local, and one is here");
  standing.unrestricted = true;
  EXPECT_EQ(Chain(kTen, evidence).follow().links[1].evidence,
            "MetalLB's resources are not installed: every address is allowed");
}

TEST_F(ClusterChainTest, OneOfTwoThatShareItIsRefused) {
  account().addresses["192.0.2.10"].owners = {"default/other", "default/web"};
  account().standings["default/other"] = {"default/other", false, "lan", {"all"}, "it may", 1, 1};
  EXPECT_EQ(Chain(kTen, evidence).follow().links[1].evidence,
            "default/other: IPAddressPool lan; default/web: IPAddressPool lan");
  account().refusals = {{"default/other", {"192.0.2.10"}, "notOwner", "it has no endpoint", ""}};
  EXPECT_EQ(cause(), "");
  EXPECT_EQ(Chain(kTen, evidence).follow().links[0].evidence, "default/web");
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre("default/other shares it, and by itself would not have it announced from "
                          "here: it has no endpoint"));
}

TEST_F(ClusterChainTest, AProbeIsReportedWhereverTheChainBreaks) {
  using namespace std::chrono_literals;
  account().addresses["192.0.2.10"].holder = "there";
  account().nodes_by_mac = {{"02:00:00:00:00:07", "there"}, {"02:00:00:00:00:08", "third"}};
  evidence.probes = {{"eth0", {{{{2, 0, 0, 0, 0, 7}}, 200us}}}};
  EXPECT_THAT(cause(), HasSubstr("elected: "));
  auto seen = Chain(kTen, evidence).follow();
  ASSERT_EQ(seen.probes.size(), 1u);
  ASSERT_EQ(seen.probes[0].answers.size(), 1u);
  EXPECT_EQ(seen.probes[0].answers[0].node, "there");
  EXPECT_THAT(seen.warnings, ElementsAre());
  evidence.probes["eth0"].push_back({{{2, 0, 0, 0, 0, 8}}, 1500us});
  evidence.probes["eth0"].push_back({{{2, 0, 0, 0, 0, 9}}, 2500us});
  seen = Chain(kTen, evidence).follow();
  EXPECT_THAT(
      explanation_text(seen),
      HasSubstr("  probe: from eth0: 02:00:00:00:00:07 after 0.2 ms (there); "
                "02:00:00:00:00:08 after 1.5 ms (third); 02:00:00:00:00:09 after 2.5 ms\n"));
  EXPECT_EQ(explanation_json(seen)["probes"][0]["answers"][2]["mac"], "02:00:00:00:00:09");
  EXPECT_THAT(seen.warnings,
              ElementsAre("02:00:00:00:00:08 (third) answers for it after 1.5 ms, asked from eth0, "
                          "and node there holds it: find that machine",
                          "02:00:00:00:00:09 (of no node known here) answers for it after 2.5 ms, "
                          "asked from eth0, and node there holds it: find that machine"));
  account().addresses.clear();
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              testing::Contains(HasSubstr("and so do others, 3 in all")));
}

TEST_F(ClusterChainTest, EveryAddressTheSpeakerKnowsIsKnown) {
  account().refusals = {{"default/bad", {"192.0.2.12"}, "ipNotAllowed", "no pool", ""},
                        {"default/new", {}, "noIPAllocated", "no address", ""}};
  account().other_classes = {{"default/theirs", "c", {"192.0.2.13"}}};
  pins().announcements[0].announcement.key.address = *Address::parse("192.0.2.9");
  std::vector<std::string> known;
  for (const auto& address : addresses_known(evidence)) known.push_back(address.to_string());
  EXPECT_THAT(known,
              ElementsAre("192.0.2.9", "192.0.2.10", "192.0.2.12", "192.0.2.13", "2001:db8::10"));
}

TEST_F(ClusterChainTest, NoServiceHasIt) {
  account().addresses.clear();
  EXPECT_THAT(cause(), HasSubstr("assigned: no Service of type LoadBalancer"));
}

TEST_F(ClusterChainTest, AServiceStillWaitsForAnAddress) {
  account().addresses.clear();
  account().refusals = {{"default/web", {}, "noIPAllocated", "the Service has no address", ""}};
  EXPECT_THAT(cause(), HasSubstr("; without an address yet: default/web"));
}

TEST_F(ClusterChainTest, AServiceOfAnotherClassHasIt) {
  account().addresses.clear();
  account().other_classes = {{"default/web", "example.org/lb", {"192.0.2.10"}}};
  EXPECT_EQ(cause(),
            "assigned: default/web has it, and its loadBalancerClass is example.org/lb: "
            "it is another controller's");
  EXPECT_EQ(mend(), "kubernetes: {load_balancer_class: example.org/lb}");
  account().other_classes[0].name = "";
  EXPECT_THAT(cause(), HasSubstr("names no loadBalancerClass"));
  EXPECT_EQ(mend(), "kubernetes: {load_balancer_class: \"\"}");
}

TEST_F(ClusterChainTest, TheAdvertisementsAllowOtherInterfaces) {
  account().addresses["192.0.2.10"] = {{"default/web"}, "", {}, {"eth9\\.100", "eth8"}};
  EXPECT_EQ(cause(),
            "interface: its L2Advertisements name eth9.100, eth8, and node here has no such "
            "interface");
  auto& eth8 = evidence.interfaces[8];
  eth8.interface.name = "eth8";
  EXPECT_EQ(cause(),
            "interface: its L2Advertisements allow other interfaces than those in use: eth8 is "
            "down");
  eth8.interface.up = true;
  EXPECT_THAT(cause(), HasSubstr("eth8 has no carrier"));
  eth8.interface.carrier = true;
  EXPECT_THAT(cause(), HasSubstr("eth8 is not served by isat"));
  EXPECT_EQ(mend(), "name it in `interfaces`, or take it out of `exclude_interfaces`");
}

TEST_F(ClusterChainTest, AnotherNodeHoldsIt) {
  account().addresses["192.0.2.10"].holder = "there";
  EXPECT_THAT(cause(), HasSubstr("elected: node there holds it"));
  EXPECT_EQ(mend(), "isat explain 192.0.2.10 on node there");
  account().addresses["192.0.2.10"] = {{"default/web"}, "", {}};
  EXPECT_THAT(cause(), HasSubstr("elected: no live node may announce it"));
}

TEST_F(ClusterChainTest, ThatTheApiIsOutOfReachIsPartOfTheCause) {
  evidence.speaker_account->failures["membership"] = "renew Lease: timed out";
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre("the speaker cannot renew its Lease: renew Lease: timed out"));
  evidence.now = BootTime(10'000'000'000);
  pins().deadline = BootTime(4'000'000'000);
  pins().announcements[0].yielded = true;
  EXPECT_EQ(cause(),
            "vouched: the deadline passed and another machine announced the address: this node "
            "gave way; the speaker cannot renew its Lease: renew Lease: timed out");
  EXPECT_EQ(mend(), "let this node reach the API server and write its Lease");
  evidence.speaker_account->failures.clear();
  EXPECT_THAT(mend(), HasSubstr("isat explain on the other node"));
}

TEST_F(ClusterChainTest, TheApiIsAwayAndWhatFailedIsSaid) {
  account().in_touch = false;
  account().out_of_touch_cause = "watch: connection refused";
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre(HasSubstr("connection refused")));
  pins().announcements.erase(pins().announcements.begin());
  evidence.speaker_account->failures["192.0.2.10 on eth0"] = "announce 192.0.2.10: the map is full";
  EXPECT_EQ(cause(), "programmed: announce 192.0.2.10: the map is full");
}

}  // namespace
}  // namespace isat
