// SPDX-License-Identifier: Apache-2.0
// Which of a driver's counters tell that a reply was lost.
#include "dataplane/driver_statistics.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(DriverStatistics, ThoseThatLostWhatXdpSent) {
  EXPECT_THAT(lost_at_xdp_tx({{"rx_queue_0_xdp_tx", 9},           // veth: sent
                              {"rx_queue_0_xdp_tx_errors", 3},    // veth
                              {"rx_queue_1_xdp_tx_errors", 0},    // not moved
                              {"rx_queue_0_xdp_drops", 5},        // of programs' own wish
                              {"rx_xdp_tx_full", 2},              // mlx5
                              {"tx_queue_0_xdp_xmit_errors", 7},  // of redirects into it
                              {"tx_errors", 4}}),
              ElementsAre(Pair("rx_queue_0_xdp_tx_errors", 3), Pair("rx_xdp_tx_full", 2)));
}

TEST(DriverStatistics, ADriverWithoutAnyIsAnError) {
  EXPECT_FALSE(driver_statistics("lo"));
  EXPECT_FALSE(driver_statistics("no-such"));
}

}  // namespace
}  // namespace isat
