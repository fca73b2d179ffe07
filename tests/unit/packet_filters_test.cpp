// SPDX-License-Identifier: Apache-2.0
// Which chains of nftables can drop a frame.
#include "control/packet_filters.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string chain(const std::string& name, const std::string& more) {
  return R"({"chain": {"family": "bridge", "table": "lan", "name": ")" + name + "\"" + more + "}}";
}
std::string rule(const std::string& chain, const std::string& statement) {
  return R"({"rule": {"family": "bridge", "table": "lan", "chain": ")" + chain +
         R"(", "expr": [{"match": {}}, )" + statement + "]}}";
}
std::vector<std::string> droppers(const std::string& objects) {
  std::vector<std::string> names;
  for (const auto& filter : packet_filters(Ruleset::parse(R"({"nftables": [)" + objects + "]}"))) {
    names.push_back(filter.hook + " " + filter.name);
  }
  return names;
}
const std::string kBase = R"(, "hook": "input", "prio": 0, "policy": "accept")";
const std::string kSeen = "input table bridge lan, chain guard";

TEST(PacketFilters, AnAcceptingChainIsNone) {
  EXPECT_THAT(droppers(chain("guard", kBase) + "," + rule("guard", R"({"accept": null})")),
              IsEmpty());
}

TEST(PacketFilters, ByPolicyOrByRule) {
  EXPECT_THAT(droppers(chain("guard", R"(, "hook": "input", "policy": "drop")")),
              ElementsAre(kSeen));
  EXPECT_THAT(droppers(chain("guard", kBase) + "," + rule("guard", R"({"drop": null})")),
              ElementsAre(kSeen));
}

TEST(PacketFilters, ByAChainItJumpsToEvenInACircle) {
  EXPECT_THAT(droppers(chain("guard", kBase) + "," + chain("inner", "") + "," +
                       rule("guard", R"({"jump": {"target": "inner"}})") + "," +
                       rule("inner", R"({"goto": {"target": "guard"}})")),
              IsEmpty());
  EXPECT_THAT(droppers(chain("guard", kBase) + "," + chain("inner", "") + "," +
                       rule("guard", R"({"jump": {"target": "inner"}})") + "," +
                       rule("inner", R"({"drop": null})")),
              ElementsAre(kSeen));
}

TEST(PacketFilters, SayFamilyAndHook) {
  const auto filters = packet_filters(Ruleset::parse(
      R"({"nftables": [{"chain": {"family": "inet", "table": "t", "name": "out",
          "hook": "output", "policy": "drop"}}]})"));
  ASSERT_EQ(filters.size(), 1u);
  EXPECT_EQ(filters[0], (PacketFilter{"inet", "output", "table inet t, chain out"}));
}

TEST(PacketFilters, WhatItDoesNotUnderstandIsNothing) {
  for (const auto* text : {"", "null", "[]", R"({"nftables": 1})", R"({"nftables": [1, {"rule": 2},
       {"rule": {"expr": {}}}, {"chain": {"name": 3}}]})"}) {
    EXPECT_THAT(packet_filters(Ruleset::parse(text)), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace isat
