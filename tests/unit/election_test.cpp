// SPDX-License-Identifier: Apache-2.0
// The election: MetalLB's order, so that whoever changes from it, or back, moves no address.
#include "control/election.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace isat {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> order(const std::string& key, std::vector<Candidate> candidates) {
  std::vector<std::string> nodes;
  const auto first = holder(key, candidates);
  for (const auto& candidate : in_order(key, candidates)) nodes.push_back(candidate.node);
  EXPECT_EQ(first, nodes.front());
  return nodes;
}

const std::vector<Candidate> kThree{{"node-a"}, {"node-b"}, {"node-c"}};

// From MetalLB's own TestSortL2Candidates, and computed with its algorithm.
TEST(Election, IsMetalLBs) {
  EXPECT_THAT(order("10.0.0.1", kThree), ElementsAre("node-b", "node-a", "node-c"));
  EXPECT_THAT(order("10.0.0.2", kThree), ElementsAre("node-b", "node-c", "node-a"));
  EXPECT_THAT(order("192.168.1.240", kThree), ElementsAre("node-a", "node-c", "node-b"));
  EXPECT_THAT(order("2001:db8::1", kThree), ElementsAre("node-b", "node-a", "node-c"));
  EXPECT_THAT(order("1000::1", kThree), ElementsAre("node-a", "node-b", "node-c"));
  EXPECT_THAT(order("10.20.30.1", {{"iris1"}, {"iris2"}}), ElementsAre("iris2", "iris1"));
  EXPECT_THAT(order("10.20.30.2", {{"iris1"}, {"iris2"}}), ElementsAre("iris1", "iris2"));
}

TEST(Election, TheScoreComesFirst) {
  EXPECT_THAT(order("10.20.30.1", {{"node-a", 100}, {"node-b", 100}}),
              ElementsAre("node-b", "node-a"));
  EXPECT_THAT(order("10.20.30.1", {{"worker-a"}, {"edge-a", 100}, {"edge-b", 100}}),
              ElementsAre("edge-b", "edge-a", "worker-a"));
}

TEST(Election, TheOrderOfCandidatesDoesNotMatter) {
  auto candidates = kThree;
  do {
    EXPECT_EQ(holder("10.0.0.1", candidates), "node-b");
  } while (std::next_permutation(
      candidates.begin(), candidates.end(),
      [](const Candidate& left, const Candidate& right) { return left.node < right.node; }));
}

TEST(Election, WithoutCandidatesNobodyHolds) {
  EXPECT_EQ(holder("10.0.0.1", {}), std::nullopt);
  EXPECT_TRUE(in_order("10.0.0.1", {}).empty());
}

TEST(Election, WritesAddressesAsGoDoes) {
  const auto text = [](const char* address) { return election_text(*Address::parse(address)); };
  EXPECT_EQ(text("192.0.2.10"), "192.0.2.10");
  EXPECT_EQ(text("2001:DB8:0:0:0::1"), "2001:db8::1");
  EXPECT_EQ(text("::ffff:192.0.2.10"), "192.0.2.10");
  EXPECT_EQ(text("::1.2.3.4"), "::102:304");
  EXPECT_EQ(text("::1"), "::1");
  EXPECT_EQ(text("::ffff"), "::ffff");
  EXPECT_EQ(text("::1:0"), "::1:0");
  EXPECT_EQ(text("2001:db8:0:1:0:0:0:0"), "2001:db8:0:1::");
  EXPECT_EQ(text("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
}

TEST(Election, WhoSticksToItComesBeforeAScoreAndTheHash) {
  const std::vector<Candidate> candidates{{"a", 5}, {"b", 0, true}, {"c", 9}};
  EXPECT_EQ(holder("192.0.2.10", candidates), "b");
  EXPECT_EQ(in_order("192.0.2.10", candidates).front().node, "b");
  EXPECT_EQ(in_order("192.0.2.10", candidates)[1].node, "c");
}

// A moment of two minds ends as if neither stuck to it.
TEST(Election, OfTwoThatStickToItTheOrderDecides) {
  EXPECT_EQ(holder("192.0.2.10", {{"a", 5, true}, {"b", 9, true}, {"c", 20}}), "b");
}

}  // namespace
}  // namespace isat
