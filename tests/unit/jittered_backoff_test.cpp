// SPDX-License-Identifier: Apache-2.0
// The pauses between tries: growing, bounded, never in step.
#include "control/jittered_backoff.h"

#include <gtest/gtest.h>

namespace isat {
namespace {

using std::chrono::milliseconds;

TEST(JitteredBackoff, DoublesUpToItsCapAndStartsAgainAfterReset) {
  JitteredBackoff backoff(milliseconds(200), milliseconds(1000), [] { return 1.0; });
  for (const int expected : {200, 400, 800, 1000, 1000}) {
    EXPECT_EQ(backoff.next(), milliseconds(expected));
  }
  backoff.reset();
  EXPECT_EQ(backoff.next(), milliseconds(200));
}

TEST(JitteredBackoff, DrawsFromTheUpperHalf) {
  double drawn = 0.0;
  JitteredBackoff backoff(milliseconds(200), milliseconds(10'000), [&] { return drawn; });
  EXPECT_EQ(backoff.next(), milliseconds(100));
  drawn = 0.5;
  EXPECT_EQ(backoff.next(), milliseconds(300));
}

}  // namespace
}  // namespace isat
