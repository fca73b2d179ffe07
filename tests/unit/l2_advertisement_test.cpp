// SPDX-License-Identifier: Apache-2.0
// L2Advertisements as the API writes them.
#include "control/l2_advertisement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

json object(const json& spec) {
  return {{"metadata", {{"name", "lan"}}}, {"spec", spec}};
}

L2Advertisement parsed(const json& spec) {
  const auto advertisement = parse_l2_advertisement(object(spec));
  EXPECT_TRUE(advertisement) << advertisement.error().message;
  return advertisement.value_or(L2Advertisement{});
}

std::string refused(const json& spec) {
  const auto advertisement = parse_l2_advertisement(object(spec));
  EXPECT_FALSE(advertisement) << spec;
  return advertisement ? "" : advertisement.error().message;
}

json labelled(const std::string& key, const std::string& value) {
  return {{"matchLabels", {{key, value}}}};
}

TEST(L2Advertisement, L8NamesAndSelectorsOfPoolsAreAUnionAndNoneMeansAll) {
  const IpAddressPool a{"a", "", {{"zone", "x"}}, {}};
  const IpAddressPool b{"b", "", {{"zone", "y"}}, {}};
  const IpAddressPool c{"c", "", {{"zone", "z"}}, {}};
  const auto both = parsed(
      {{"ipAddressPools", {"a", "unknown"}}, {"ipAddressPoolSelectors", {labelled("zone", "y")}}});
  EXPECT_TRUE(both.covers(a));
  EXPECT_TRUE(both.covers(b));
  EXPECT_FALSE(both.covers(c));
  EXPECT_TRUE(parsed(json::object()).covers(c));
  EXPECT_TRUE(parsed({{"ipAddressPools", nullptr}}).covers(c));
  EXPECT_FALSE(parsed({{"ipAddressPools", {"unknown"}}}).covers(a));
}

TEST(L2Advertisement, L13TheScoreIsTheSumOfTheWeightsThatApply) {
  const auto advertisement = parsed({{"preferredNodeSelectors",
                                      {{{"weight", 100}, {"preference", labelled("disk", "ssd")}},
                                       {{"weight", 1}, {"preference", labelled("zone", "a")}},
                                       {{"weight", 7}, {"preference", labelled("zone", "b")}}}}});
  EXPECT_EQ(advertisement.score({{"disk", "ssd"}, {"zone", "a"}}), 101);
  EXPECT_EQ(advertisement.score({{"zone", "b"}}), 7);
  EXPECT_EQ(advertisement.score({}), 0);
}

TEST(L2Advertisement, AnInterfaceTwiceIsOnce) {
  EXPECT_THAT(parsed({{"interfaces", {"eth1", "eth0", "eth1"}}}).interfaces,
              ElementsAre("eth0", "eth1"));
}

// metallb.md §4, 11 to 18.
TEST(L2Advertisement, RefusesWhatMetallbRefusesWithFieldAndMend) {
  const json same = labelled("a", "b");
  const json wrong = {{"matchExpressions", {{{"key", "a"}, {"operator", "Like"}}}}};
  EXPECT_EQ(refused({{"ipAddressPools", {"x", "x"}}}),
            "spec.ipAddressPools[1]: duplicate definition of ipAddressPools 'x'; remove one");
  for (const auto* field : {"ipAddressPoolSelectors", "nodeSelectors", "serviceSelectors"}) {
    EXPECT_EQ(refused({{field, {same, same}}}), std::string("spec.") + field +
                                                    "[1]: duplicate definition of " + field +
                                                    " 'a in (b)'; remove one");
    EXPECT_THAT(refused({{field, {same, wrong}}}),
                HasSubstr(std::string("spec.") + field +
                          "[1].matchExpressions[0].operator: invalid label selector"));
  }
  const auto preference = [](const json& one) {
    return refused({{"preferredNodeSelectors", {one}}});
  };
  EXPECT_EQ(preference({{"weight", 0}, {"preference", same}}),
            "spec.preferredNodeSelectors[0].weight: invalid preferred node selector: write 1 to "
            "100");
  EXPECT_THAT(preference({{"weight", 101}, {"preference", same}}), HasSubstr("write 1 to 100"));
  EXPECT_THAT(preference({{"weight", 5}}),
              HasSubstr("preference: invalid preferred node selector"));
  EXPECT_THAT(preference({{"weight", 5}, {"preference", wrong}}),
              HasSubstr("spec.preferredNodeSelectors[0].preference.matchExpressions[0].operator"));
  EXPECT_THAT(refused({{"nodeSelectors", "all"}}), HasSubstr("spec.nodeSelectors: no list"));
}

}  // namespace
}  // namespace isat
