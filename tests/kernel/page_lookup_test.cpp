// SPDX-License-Identifier: Apache-2.0
// The kernel's program finds every page, at home or not, and no other.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dataplane/test_run.h"
#include "tests/frames/frame.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

using frames::address;
using PageLookupTest = KernelTest;

frames::Frame ask(const Address& target) {
  return target.is_v4() ? frames::arp({.target = target}) : frames::nd({.target = target});
}

void expect_answers(const std::vector<Address>& announced, const std::vector<Address>& others) {
  const auto run = TestRun::open(announced, frames::kOurs, {});
  ASSERT_TRUE(run) << run.error().message;
  for (const auto& target : announced) {
    const auto verdict = (*run)->feed(ask(target));
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->outcome, OUTCOME_ANSWERED) << target.to_string();
  }
  for (const auto& target : others) {
    const auto verdict = (*run)->feed(ask(target));
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->outcome, OUTCOME_NOT_ANNOUNCED) << target.to_string();
  }
}

// Every 4096th address: with 64 places for pages, they all have one home.
TEST_F(PageLookupTest, PagesThatShareAHome) {
  std::vector<Address> announced, others;
  for (int i = 0; i < 16; i++) {
    auto& into = i % 2 == 0 ? announced : others;
    into.push_back(address(("10.0." + std::to_string(16 * i) + ".1").c_str()));
    into.push_back(address(("2001:db8::" + std::to_string(i) + ":801").c_str()));
  }
  expect_answers(announced, others);
}

TEST_F(PageLookupTest, PrefixesThatEndAlike) {
  std::vector<Address> announced, others;
  for (int i = 1; i < 40; i++) {
    const auto number = std::to_string(i);
    auto& into = i % 2 == 0 ? announced : others;
    into.push_back(address(("2001:db8:" + number + "::1").c_str()));
    into.push_back(address(("2001:db8::" + number + ":0:1").c_str()));
    into.push_back(address((number + ".0.0.1").c_str()));
  }
  expect_answers(announced, others);
}

TEST_F(PageLookupTest, APoolAndItsEdges) {
  std::vector<Address> announced;
  for (int i = 0; i < 250; i++) {
    announced.push_back(address(("198.51.100." + std::to_string(i)).c_str()));
    announced.push_back(address(("2001:db8::1:" + std::to_string(1000 + i)).c_str()));
  }
  expect_answers(announced,
                 {address("198.51.100.250"), address("198.51.99.255"), address("198.51.101.0"),
                  address("2001:db8::1:999"), address("2001:db8::1:1250")});
}

}  // namespace
}  // namespace isat::test
