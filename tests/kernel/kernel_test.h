// SPDX-License-Identifier: Apache-2.0
// The fixture of tests that load the responder: the three promised privileges, and no other.
#pragma once

#include <gtest/gtest.h>

#include <ostream>

#include "dataplane/responder_object.h"
#include "tests/kernel/privilege.h"
#include "tests/requirement.h"

namespace isat {

inline void PrintTo(Hook hook, std::ostream* out) {
  *out << (hook == Hook::kXdp ? "xdp" : "tc");
}

}  // namespace isat

namespace isat::test {

class KernelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto kept = keep_responder_privileges();
    ISAT_REQUIRE(kept.has_value(), kept.error().message);
    ASSERT_EQ(effective_privileges(), "cap_net_admin,cap_net_raw,cap_bpf=ep");
  }
};

// What must hold at both hooks; instantiate with ISAT_AT_BOTH_HOOKS.
class HookTest : public KernelTest, public ::testing::WithParamInterface<Hook> {
 public:
  static std::string name(const ::testing::TestParamInfo<Hook>& hook) {
    return hook.param == Hook::kXdp ? "Xdp" : "Tc";
  }
};

#define ISAT_AT_BOTH_HOOKS(suite) \
  INSTANTIATE_TEST_SUITE_P(At, suite, ::testing::Values(Hook::kXdp, Hook::kTc), HookTest::name)

}  // namespace isat::test
