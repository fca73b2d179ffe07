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
    ClusterAccount account{"here", true, "", {}, {}, {}};
    account.addresses["192.0.2.10"] = {{"default/web"}, "here", {"here", "there"}};
    evidence.account = account;
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
  EXPECT_EQ(links[0].evidence, "default/web");
  EXPECT_EQ(links[2].evidence, "here, of: here, there");
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

TEST_F(ClusterChainTest, TheApiIsAwayAndWhatFailedIsSaid) {
  account().in_touch = false;
  account().out_of_touch_cause = "watch: connection refused";
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre(HasSubstr("connection refused")));
  pins().announcements.erase(pins().announcements.begin());
  account().failures["192.0.2.10 on eth0"] = "announce 192.0.2.10: the map is full";
  EXPECT_EQ(cause(), "programmed: announce 192.0.2.10: the map is full");
}

}  // namespace
}  // namespace isat
