// SPDX-License-Identifier: Apache-2.0
// What a speaker says about addresses and their holders.
#include "control/address_account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

using testing::HasSubstr;

nlohmann::ordered_json document() {
  SpeakerState state;
  state.ready = true;
  state.cause = "watch https://api: connection refused";
  state.failures = {{"map", "no space"}};
  SourceReport source;
  source.remarks = {"MetalLB's resources are not installed"};
  source.problems = {{"IPAddressPool m/lan", "spec.addresses[0]: invalid CIDR"}};
  source.refusals = {{"n/dead", {*Address::parse("192.0.2.3")}, {"notOwner", "no endpoint"}},
                     {"n/new", {}, {"noIPAllocated", "no address"}}};
  return account_json(
      {"node-a",
       state,
       source,
       {{*Address::parse("192.0.2.1"), {"n/web"}, {{"node-b", 5}, {"node-a", 0}}},
        {*Address::parse("192.0.2.2"), {"n/x", "n/y"}, {{"node-a", 0}}},
        {*Address::parse("192.0.2.9"), {"n/z"}, {}},
        {*Address::parse("192.0.2.8"), {"n/v"}, {{"node-c", 0}, {"node-a", 0}}},
        {*Address::parse("192.0.2.7"), {"n/u"}, {{"node-c", 0, true}, {"node-a", 9}}}},
       {{"n/web", false, "lan", {"all"}, "node node-a may", 2, 1, true, true}},
       {{"node-a", {{{"eth0", {{2, 0, 0, 0, 0, 1}}, true}}}}, {"node-b"}}});
}

TEST(AddressAccount, NamesHolderCandidatesAndReason) {
  const auto json = document();
  const auto& first = json["addresses"][0];
  EXPECT_EQ(first["holder"], "node-b");
  EXPECT_EQ(first["candidates"][1]["node"], "node-a");
  EXPECT_EQ(first["why"], "preferred by an L2Advertisement");
  EXPECT_EQ(json["addresses"][1]["why"], "the only candidate");
  EXPECT_TRUE(json["addresses"][2]["holder"].is_null());
  EXPECT_EQ(json["addresses"][3]["why"], "first in the order of the election");
  EXPECT_EQ(json["addresses"][4]["why"], "it holds it already, and failback is off");
  EXPECT_EQ(json["refusals"][0]["reason"], "notOwner");
}

TEST(AddressAccount, ForExplainItNamesWhatAllowsAServiceAndWhoseAMacIs) {
  const auto json = document();
  EXPECT_EQ(json["services"],
            nlohmann::ordered_json::parse(R"([{"owner": "n/web", "unrestricted": false,
      "pool": "lan", "advertisements": ["all"], "node": "node node-a may", "endpoints": 2,
      "endpoint_nodes": 1, "endpoint_here": true, "local": true}])"));
  EXPECT_EQ(json["members"], nlohmann::ordered_json::parse(R"([
      {"node": "node-a", "macs": ["02:00:00:00:00:01"]}, {"node": "node-b", "macs": []}])"));
}

TEST(AddressAccount, TheTextHasEveryPart) {
  const auto text = account_text(document());
  for (const auto* part :
       {"node      node-a\n", "source    lost: watch https://api: connection refused\n",
        "note      MetalLB's resources are not installed\n",
        "error     IPAddressPool m/lan: spec.addresses[0]: invalid CIDR\n",
        "error     map: no space\n", "node-b, node-a", "n/x, n/y", "nobody", "no live node",
        "n/dead", "notOwner", "noIPAllocated"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(AddressAccount, AnotherVersionsDocumentIsNotShown) {
  EXPECT_EQ(account_text(nlohmann::ordered_json::parse(R"({"node": 7})")), "");
  EXPECT_EQ(account_text(nullptr), "");
}

}  // namespace
}  // namespace isat
