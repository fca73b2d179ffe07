// SPDX-License-Identifier: Apache-2.0
// EAL for a test program: started once, before its first test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "dataplane/dpdk/eal.h"

namespace isat::test {

class RunningEal : public ::testing::Environment {
 public:
  void SetUp() override {
    // Every thread may run on every core: tests of two threads need no core for each.
    auto eal = dpdk::Eal::start(
        128, {"--lcores=0@0-" + std::to_string(std::thread::hardware_concurrency() - 1)});
    ASSERT_TRUE(eal) << eal.error().message;
    eal_ = std::move(*eal);
  }
  void TearDown() override { eal_.reset(); }

 private:
  std::unique_ptr<dpdk::Eal> eal_;
};

}  // namespace isat::test
