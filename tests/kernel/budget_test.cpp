// SPDX-License-Identifier: Apache-2.0
// How much the verifier walks and how large the programs are: a rise is to be a decision, not an
// accident.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/responder_object.h"
#include "tests/kernel/kernel_test.h"
#include "tests/kernel/loaded_responder.h"

namespace isat::test {
namespace {

struct Budget {
  std::uint32_t verified;  // instructions the verifier walked; its own limit is a million
  std::uint32_t bytes;     // of the program as the kernel rewrote it, before the JIT
  std::size_t barriers;  // against speculation; bpf/stack.bpf.h says what makes the kernel add one
};

// Measured on Linux 6.18, and up to five per cent more, but no barrier. Other kernels' verifiers
// walk other ways; there it is only to be far from the limit.
constexpr Budget kXdp = {18'950, 56'900, 82};
constexpr Budget kTc = {19'450, 58'400, 82};
// While somebody watches frames.
constexpr Budget kXdpShown = {19'350, 60'000, 90};
constexpr Budget kTcShown = {19'900, 61'500, 90};
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

// By subprogram: where there is none is not listed.
std::map<std::string, std::size_t> barriers_in(int program, bpf_prog_info known) {
  std::vector<bpf_insn> instructions(known.xlated_prog_len / sizeof(bpf_insn));
  std::vector<bpf_func_info> subprograms(known.nr_func_info);
  bpf_prog_info info{};
  info.xlated_prog_insns = reinterpret_cast<std::uintptr_t>(instructions.data());
  info.xlated_prog_len = known.xlated_prog_len;
  info.func_info = reinterpret_cast<std::uintptr_t>(subprograms.data());
  info.nr_func_info = known.nr_func_info;
  info.func_info_rec_size = sizeof(bpf_func_info);
  std::uint32_t size = sizeof info;
  EXPECT_EQ(bpf_obj_get_info_by_fd(program, &info, &size), 0);
  const auto object = ResponderObject::open();
  if (!object || subprograms.empty()) {
    ADD_FAILURE() << "the program has no types";
    return {};
  }
  const auto* types = bpf_object__btf(object->get());

  constexpr std::uint8_t kNoSpeculation = BPF_ST | 0xc0;  // BPF_NOSPEC, linux/filter.h
  std::map<std::string, std::size_t> barriers;
  for (std::size_t at = 0; at < instructions.size(); at++) {
    if (instructions[at].code != kNoSpeculation) continue;
    const auto* in = &subprograms.front();  // in the order of their instructions
    for (const auto& each : subprograms)
      if (each.insn_off <= at) in = &each;
    const auto* type = btf__type_by_id(types, in->type_id);
    barriers[btf__name_by_offset(types, type->name_off)]++;
  }
  return barriers;
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
      const auto barriers_by_name = barriers_in(*program, info);
      std::size_t barriers = 0;
      for (const auto& [name, count] : barriers_by_name) {
        barriers += count;
        EXPECT_FALSE(name.starts_with("isat_") || name.starts_with("tagged_arp_") ||
                     name.starts_with("tagged_nd_"))
            << count << " in " << name << ", where frames are answered";
      }
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
