// SPDX-License-Identifier: Apache-2.0
// The short way to see that a checksum holds agrees with the long one, at every carry.
#include "bpf/checksum.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace isat {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{32'768} * 0xffff'ffff;  // what checksum_fold() is for

void expect_agreement(std::uint64_t sum) {
  ASSERT_EQ(checksum_holds(sum) != 0, checksum_finish(sum) == 0) << std::hex << sum;
}

TEST(ChecksumTest, HoldsWhereTheFieldWouldBeZero) {
  for (int bit = 0; bit < 47; bit++) {
    for (int other = 0; other <= bit; other++) {
      for (int off = -3; off <= 3; off++) {
        const auto at = (std::uint64_t{1} << bit) + (std::uint64_t{1} << other) +
                        static_cast<std::uint64_t>(off);
        for (const auto sum : {at, kMost - at, 0xffff * at}) {
          if (sum <= kMost) expect_agreement(sum);
        }
      }
    }
  }
  for (std::uint64_t sum = 0; sum < 0x60000; sum++) {
    expect_agreement(sum);
    expect_agreement(kMost - sum);
  }
  EXPECT_TRUE(checksum_holds(0xffff));
  EXPECT_TRUE(checksum_holds(0xffff'ffff));
  EXPECT_FALSE(checksum_holds(0)) << "nothing but zeros is no message";
}

}  // namespace
}  // namespace isat
