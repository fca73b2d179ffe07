// SPDX-License-Identifier: Apache-2.0
// Every order of the same events ends in the same map, in the kernel's own: each history begins
// with what the one before it left there.
#include "tests/unit/cluster_history.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "dataplane/xdp_data_plane.h"
#include "tests/kernel/kernel_test.h"
#include "tests/kernel/lab.h"

namespace isat {
namespace {

class KernelHistoryTest : public test::KernelTest {
 protected:
  void SetUp() override {
    ISAT_REQUIRE(::geteuid() == 0, "a network namespace needs root");
    lab_.emplace();
    KernelTest::SetUp();
  }

  std::optional<test::Lab> lab_;
};

TEST_F(KernelHistoryTest, EveryOrderEndsInTheSameMap) {
  const auto plane = XdpDataPlane::open({lab_->pin(), 64, {}});
  ASSERT_TRUE(plane) << plane.error().message;
  ClusterHistory::Order order(ClusterHistory::kEvents);
  std::iota(order.begin(), order.end(), 0);
  std::optional<ClusterHistory::Map> expected;
  do {
    ClusterHistory history(lab_->near(), test::Lab::interface("far"), plane->get());
    history.happen(order);
    const auto map = history.map();
    if (!expected) expected = map;
    ASSERT_EQ(map, *expected) << ClusterHistory::text(order);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_FALSE(expected->empty());
}

}  // namespace
}  // namespace isat
