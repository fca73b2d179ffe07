// SPDX-License-Identifier: Apache-2.0
// How much the verifier walks and how large the programs are: a rise is to be a decision, not an
// accident.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <vector>

#include "tests/kernel/kernel_test.h"
#include "tests/kernel/loaded_responder.h"

namespace isat::test {
namespace {

struct Budget {
  std::uint32_t verified;  // instructions the verifier walked; its own limit is a million
  std::uint32_t bytes;     // of the program as the kernel rewrote it, before the JIT
  std::size_t barriers;  // against speculation; bpf/stack.bpf.h says what makes the kernel add one
};

// Measured on Linux 6.18, and five per cent more. Other kernels' verifiers walk other ways; there
// it is only to be far from the limit.
constexpr Budget kXdp = {15'700, 52'400, 96};
constexpr Budget kTc = {16'100, 53'200, 96};
// While somebody watches frames.
constexpr Budget kXdpShown = {15'900, 55'000, 105};
constexpr Budget kTcShown = {16'300, 55'700, 105};
constexpr Budget kElsewhere = {100'000, 64 * 1024, 128};

Budget budget_of(Hook hook, bool shown) {
  utsname kernel{};
  ::uname(&kernel);
  if (!std::string_view(kernel.release).starts_with("6.18.")) return kElsewhere;
  if (shown) return hook == Hook::kXdp ? kXdpShown : kTcShown;
  return hook == Hook::kXdp ? kXdp : kTc;
}

using BudgetTest = HookTest;
ISAT_AT_BOTH_HOOKS(BudgetTest);

std::size_t barriers_in(int program, std::uint32_t bytes) {
  std::vector<bpf_insn> instructions(bytes / sizeof(bpf_insn));
  bpf_prog_info info{};
  info.xlated_prog_insns = reinterpret_cast<std::uintptr_t>(instructions.data());
  info.xlated_prog_len = bytes;
  std::uint32_t size = sizeof info;
  EXPECT_EQ(bpf_obj_get_info_by_fd(program, &info, &size), 0);
  constexpr std::uint8_t kNoSpeculation = BPF_ST | 0xc0;  // BPF_NOSPEC, linux/filter.h
  return static_cast<std::size_t>(
      std::count_if(instructions.begin(), instructions.end(),
                    [](const bpf_insn& each) { return each.code == kNoSpeculation; }));
}

void expect_every_variant_within(Hook hook, bool shown) {
  auto responder = LoadedResponder::create(7, shown);
  ASSERT_TRUE(responder) << responder.error().message;
  const auto budget = budget_of(hook, shown);
  for (const bool observe : {false, true}) {
    for (const bool strict : {false, true}) {
      const auto program = responder->program(hook, {.strict = strict, .observe = observe});
      ASSERT_TRUE(program) << program.error().message;
      bpf_prog_info info{};
      std::uint32_t size = sizeof info;
      ASSERT_EQ(bpf_obj_get_info_by_fd(*program, &info, &size), 0);
      const auto barriers = barriers_in(*program, info.xlated_prog_len);
      std::cout << info.name << (observe ? " observe" : "") << (strict ? " strict" : "") << ": "
                << info.verified_insns << " instructions verified, " << info.xlated_prog_len
                << " bytes, " << barriers << " barriers\n";
      EXPECT_GT(info.verified_insns, 0U);
      EXPECT_LE(info.verified_insns, budget.verified);
      EXPECT_LE(info.xlated_prog_len, budget.bytes);
      EXPECT_GT(barriers, 0U) << "not loaded as the product is";
      EXPECT_LE(barriers, budget.barriers);
    }
  }
}

TEST_P(BudgetTest, EveryVariantIsWithin) {
  expect_every_variant_within(GetParam(), false);
}

TEST_P(BudgetTest, EveryVariantThatShowsFramesIsWithin) {
  expect_every_variant_within(GetParam(), true);
}

}  // namespace
}  // namespace isat::test
