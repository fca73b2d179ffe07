// SPDX-License-Identifier: Apache-2.0
// The chain as a whole, and the wish it begins with.
#include "tests/unit/chain_fixture.h"

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ChainTest, AWholeChainAnswers) {
  std::vector<std::string> links;
  for (const auto& link : Chain(kSix, evidence).follow().links) {
    EXPECT_EQ(link.state, LinkState::kHolds) << link.name;
    links.push_back(link.name);
  }
  EXPECT_THAT(links, ElementsAre("assigned", "interface", "attached", "programmed", "vouched",
                                 "group joined", "announced", "asked", "answered"));
  EXPECT_THAT(Chain(kSix, evidence).follow().warnings, IsEmpty());
  EXPECT_EQ(cause(kTen), "");
}

TEST_F(ChainTest, WithoutAConfigurationTheMapsAreBelieved) {
  evidence.configuration.reset();
  EXPECT_EQ(cause(), "");
  EXPECT_EQ(Chain(kTen, evidence).follow().links.front().state, LinkState::kUnseen);
}

TEST_F(ChainTest, TheFileDoesNotListIt) {
  const auto other = *Address::parse("192.0.2.11");
  EXPECT_EQ(cause(other), "assigned: isat.yaml does not list it");
  EXPECT_EQ(mend(other), "add to isat.yaml: addresses: [\"192.0.2.11\"]");
}

TEST_F(ChainTest, TheInterfaceItIsWishedForDoesNotExist) {
  evidence.configuration->addresses[0].candidacy = any_node({"eth9"});
  EXPECT_EQ(cause(), "interface: no interface of this node is named eth9");
}

TEST_F(ChainTest, TheInterfaceCannotServe) {
  eth0().interface.up = false;
  EXPECT_EQ(cause(), "interface: no interface can serve it: eth0 is down");
  EXPECT_EQ(mend(), "ip link set eth0 up");
  eth0().interface.up = true;
  eth0().interface.carrier = false;
  EXPECT_THAT(cause(), HasSubstr("eth0 has no carrier"));
  eth0().interface.carrier = true;
  eth0().interface.master = 5;
  EXPECT_THAT(cause(), HasSubstr("eth0 is enslaved to interface 5"));
  eth0().interface.master = 0;
  evidence.configuration->exclude_interfaces = {"eth.*"};
  EXPECT_THAT(cause(), HasSubstr("eth0 is excluded by 'eth.*'"));
}

TEST_F(ChainTest, OutsideEverySubnetIsAWarning) {
  eth0().interface.subnets = {{*Address::parse("198.51.100.1"), 24}};
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(
      Chain(kTen, evidence).follow().warnings,
      ElementsAre(HasSubstr("192.0.2.10 lies in none of eth0's subnets (198.51.100.1/24)")));
  eth0().interface.subnets.insert({*Address::parse("192.0.2.1"), 24});
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings, IsEmpty());
}

TEST_F(ChainTest, WhatCouldNotBeSeenIsSaid) {
  evidence.unseen = {"list packet filters: Operation not permitted"};
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre(HasSubstr("not seen: list packet")));
}

}  // namespace
}  // namespace isat
