// SPDX-License-Identifier: Apache-2.0
// What a node says it holds.
#include "control/holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isat {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

const Address kTen = *Address::parse("192.0.2.10");
const Address kEleven = *Address::parse("192.0.2.11");

Assignments assignments(const std::vector<Assignment>& all) {
  Assignments made;
  made.apply({all, {}});
  return made;
}

Holdings holdings(const Assignments& assignments,
                  const std::map<Address, std::vector<std::string>>& announced,
                  const std::set<Address>& in_vain = {}) {
  return holdings_of(
      "here", assignments,
      [&](const Address& address) {
        const auto found = announced.find(address);
        return found == announced.end() ? std::vector<std::string>{} : found->second;
      },
      in_vain);
}

TEST(Holdings, OnlyWhatIsAnnouncedIsHeld) {
  const auto all = assignments({{{"n/web", kTen}, any_node()}, {{"n/dns", kEleven}, any_node()}});
  EXPECT_THAT(holdings(all, {}), UnorderedElementsAre());
  EXPECT_THAT(holdings(all, {{kTen, {"eth0"}}}), UnorderedElementsAre(Pair("n/web", Holding{})));
}

TEST(Holdings, InterfacesAreNamedIfTheAdvertisementsNameAny) {
  const auto all = assignments({{{"n/web", kTen}, any_node({"eth.*"})},
                                {{"n/web", kEleven}, any_node({"eth.*"})},
                                {{"n/dns", kTen}, any_node()}});
  EXPECT_THAT(
      holdings(all, {{kTen, {"eth2", "eth1"}}, {kEleven, {"eth1"}}}),
      UnorderedElementsAre(Pair("n/dns", Holding{}), Pair("n/web", Holding{{"eth1", "eth2"}, ""})));
}

TEST(Holdings, WhatIsElectedInVainNamesItsFirstAddressUnlessAnotherIsAnnounced) {
  const auto all = assignments(
      {{{"n/web", kTen}, any_node({"eth9"})}, {{"n/web", kEleven}, any_node({"eth9"})}});
  EXPECT_THAT(holdings(all, {}, {kTen, kEleven}),
              UnorderedElementsAre(Pair("n/web", Holding{{}, "192.0.2.10"})));
  EXPECT_THAT(holdings(all, {{kEleven, {"eth9"}}}, {kTen}),
              UnorderedElementsAre(Pair("n/web", Holding{{"eth9"}, ""})));
}

}  // namespace
}  // namespace isat
