// SPDX-License-Identifier: Apache-2.0
// From the API's news and the members' to the map: every order of the same events ends in the same.
#include "tests/unit/cluster_history.h"

#include <algorithm>
#include <numeric>

namespace isat {
namespace {

ClusterHistory::Map after(const ClusterHistory::Order& order) {
  ClusterHistory history(SpeakerBench::made(1), SpeakerBench::made(2));
  history.happen(order);
  return history.map();
}

ClusterHistory::Order all() {
  ClusterHistory::Order order(ClusterHistory::kEvents);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

TEST(ClusterHistory, EveryEventMatters) {
  const auto everything = after(all());
  EXPECT_FALSE(everything.empty());
  for (const auto event : all()) {
    auto others = all();
    std::erase(others, event);
    EXPECT_NE(after(others), everything) << ClusterHistory::text({event});
  }
}

TEST(ClusterHistory, EveryOrderEndsInTheSameMap) {
  const auto expected = after(all());
  auto order = all();
  while (std::next_permutation(order.begin(), order.end())) {
    ASSERT_EQ(after(order), expected) << ClusterHistory::text(order);
  }
}

}  // namespace
}  // namespace isat
