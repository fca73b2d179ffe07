// SPDX-License-Identifier: Apache-2.0
// The native transforms and the kernel's programs must agree on every frame, sound or not.
// ISAT_FUZZ_SECONDS runs longer; ISAT_FUZZ_SEED repeats what a failure printed.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <string>

#include "tests/frames/native_responder.h"
#include "tests/fuzz/mutation.h"
#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/kernel_test.h"

namespace isat::fuzz {
namespace {

using std::chrono::steady_clock;
using test::HookTest;
using test::KernelResponder;

constexpr std::uint64_t kFrames = 20'000;     // at each hook, when nothing else is asked for
constexpr std::chrono::seconds kSeconds(15);  // for both

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 0);
}

std::uint64_t any_seed() {
  std::random_device source;
  return (std::uint64_t{source()} << 32U) + source();
}

std::string describe(const frames::Verdict& verdict) {
  std::string text = "family " + std::to_string(verdict.family) + ", outcome " +
                     std::to_string(verdict.outcome) + (verdict.sent ? ", sent" : ", passed") +
                     (verdict.yielded ? ", yielded" : "") + ", answered " +
                     std::to_string(verdict.answered) + ", events";
  for (const auto kind : verdict.events) text += " " + std::to_string(kind);
  return text + ", frame of " + std::to_string(verdict.frame.size()) + ": " +
         frames::hex(verdict.frame);
}

bool same(const frames::Verdict& one, const frames::Verdict& other) {
  return one.family == other.family && one.outcome == other.outcome && one.sent == other.sent &&
         one.frame == other.frame && one.events == other.events && one.yielded == other.yielded &&
         one.answered == other.answered;
}

using DifferentialTest = HookTest;
ISAT_AT_BOTH_HOOKS(DifferentialTest);

TEST_P(DifferentialTest, KernelAndNativeAgree) {
  auto kernel = KernelResponder::create(GetParam());
  ASSERT_TRUE(kernel) << kernel.error().message;
  const Mutator mutator;
  const auto seed = number_from("ISAT_FUZZ_SEED").value_or(any_seed());
  const auto seconds = number_from("ISAT_FUZZ_SECONDS");
  const auto until =
      steady_clock::now() + (seconds ? std::chrono::seconds(*seconds) : kSeconds) / 2;
  std::uint64_t number = seed, ran = 0;
  std::array<std::uint64_t, OUTCOME_COUNT> outcomes{};
  std::cout << "ISAT_FUZZ_SEED=" << seed << "\n";
  for (; steady_clock::now() < until && (seconds || ran < kFrames); number++) {
    const auto trial = mutator.trial(number);
    if (!KernelResponder::takes(GetParam(), trial.frame, trial.setting)) continue;
    const auto native = respond_natively(trial.frame, trial.setting);
    const auto real = kernel->respond(trial.frame, trial.setting);
    ran++;
    outcomes[native.outcome]++;
    if (real && same(*real, native)) continue;
    FAIL() << "ISAT_FUZZ_SEED=" << number << "\n"
           << describe(trial) << "\nnative: " << describe(native)
           << "\nkernel: " << (real ? describe(*real) : real.error().message);
  }
  // Nothing is shown by frames that all went one way.
  std::cout << ran << " frames; by outcome";
  for (const auto count : outcomes) std::cout << " " << count;
  std::cout << "\n";
  for (const auto outcome :
       {OUTCOME_OTHER_TRAFFIC, OUTCOME_MALFORMED, OUTCOME_CONFLICT, OUTCOME_ANSWERED}) {
    EXPECT_GT(outcomes[outcome], ran / 200) << "outcome " << outcome;
  }
}

}  // namespace
}  // namespace isat::fuzz
