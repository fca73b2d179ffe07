// SPDX-License-Identifier: Apache-2.0
// What a change of members costs: every address is elected anew.
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>

#include "control/planner.h"

namespace isat {
namespace {

// Of this process: whoever else has the processor meanwhile is not counted.
std::chrono::duration<double> processor_time() {
  return std::chrono::duration<double>(static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
}

// What nothing can be faster than.
std::chrono::duration<double> digesting(int times) {
  Sha256 sha256;
  int zeros = 0;
  const auto begin = processor_time();
  for (int i = 0; i < times; ++i) {
    zeros += sha256.of("worker-123.example.com#10.0.12.34").front() == 0 ? 1 : 0;
  }
  EXPECT_EQ(zeros, 0);
  return processor_time() - begin;
}

TEST(ElectionPace, FiveThousandAddressesAmongTwoHundredNodes) {
  std::vector<Member> members;
  for (int i = 0; i < 200; ++i) {
    members.push_back({"worker-" + std::to_string(i) + ".example.com",
                       {{{"eth0", {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(i)}}, true}}}});
  }
  Assignments assignments;
  AssignmentChange change;
  for (int i = 0; i < 5'000; ++i) {
    const auto address =
        Address::v4({10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
    change.added.push_back({{"default/web-" + std::to_string(i), address}, any_node()});
  }
  (void)assignments.apply(change);
  Interface eth0;
  eth0.index = 1;
  eth0.name = "eth0";
  Planner planner(members[7].node);
  const auto begin = processor_time();
  std::size_t held = 0;
  for (const auto& [address, owners] : assignments.by_address()) {
    held += planner.plan(address, owners, members, {{1, eth0}}).size();
  }
  const auto took = processor_time() - begin;
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
  const auto digests = digesting(5'000 * 200);
  std::printf("5,000 addresses among 200 nodes: %.0f ms, of which digests %.0f ms\n",
              took.count() * 1000, digests.count() * 1000);
#ifndef __SANITIZE_ADDRESS__  // it slows our part down, and not the library's
  EXPECT_LT(took, 4 * digests);
#endif
  EXPECT_GT(held, 5U);
  EXPECT_LT(held, 60U);
}

}  // namespace
}  // namespace isat
