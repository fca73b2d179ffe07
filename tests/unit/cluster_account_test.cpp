// SPDX-License-Identifier: Apache-2.0
// What a speaker says of the cluster, read back.
#include "control/cluster_account.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using testing::ElementsAre;

TEST(ClusterAccount, IsReadBackAndDamageIsAbsence) {
  const auto account =
      parse_account(R"({"node": "n", "source": "kubernetes", "in_touch": true, "addresses": [
      {"address": "192.0.2.1", "holder": null, "owners": ["a/b"], "candidates": [{"node": "x"}],
       "interfaces": ["eth1"]}, 7],
      "refusals": [{"owner": "a/c", "addresses": ["192.0.2.2"], "reason": "ipNotAllowed",
                    "sentence": "no pool; add one"}], "services": [{"owner": "a/b", "pool": "lan", "endpoints": 2, "local": true, "node": 3}],
      "members": [{"node": "x", "macs": ["02:00:00:00:00:01", 7]}],
      "other_classes": [{"owner": "a/d", "class": "c", "addresses": ["192.0.2.3"]}, null]})");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->addresses.at("192.0.2.1").holder, "");
  EXPECT_THAT(account->addresses.at("192.0.2.1").candidates, ElementsAre("x"));
  EXPECT_THAT(account->addresses.at("192.0.2.1").interfaces, ElementsAre("eth1"));
  ASSERT_NE(account->other_class("192.0.2.3"), nullptr);
  EXPECT_EQ(account->other_class("192.0.2.3")->name, "c");
  EXPECT_EQ(account->other_class("192.0.2.1"), nullptr);
  ASSERT_NE(account->refusal("192.0.2.2"), nullptr);
  EXPECT_EQ(account->refusal("192.0.2.2")->cause, "no pool");
  EXPECT_EQ(account->refusal("192.0.2.2")->mend, "add one");
  EXPECT_EQ(account->refusal("192.0.2.1"), nullptr);
  ServiceStanding expected{"a/b", false, "lan"};
  expected.endpoints = 2;
  expected.local = true;
  EXPECT_EQ(account->standings.at("a/b"), expected);
  EXPECT_THAT(account->nodes_by_mac,
              ElementsAre(std::pair<const std::string, std::string>("02:00:00:00:00:01", "x")));
  for (const auto* text : {"", "[]", "{}", R"({"node": 3})", R"({"node": "n", "source": "file"})"})
    EXPECT_FALSE(parse_account(text));
}

}  // namespace
}  // namespace isat
