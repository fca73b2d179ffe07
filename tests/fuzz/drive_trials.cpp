// SPDX-License-Identifier: Apache-2.0
// Runs a fuzzer's target over the mutator's trials, in place of libFuzzer: MemorySanitizer wants
// every piece instrumented, and libFuzzer's engine, which shares std::string with us, is not.
// ISAT_FUZZ_SECONDS runs longer; ISAT_FUZZ_SEED repeats what a failure printed.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/mutation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 0);
}

}  // namespace

int main() {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  const auto until = begin + std::chrono::seconds(number_from("ISAT_FUZZ_SECONDS", 15));
  const auto seed =
      number_from("ISAT_FUZZ_SEED", static_cast<std::uint64_t>(begin.time_since_epoch().count()));
  const isat::fuzz::Mutator mutator;
  std::uint64_t number = seed;
  for (; number - seed < 100 || steady_clock::now() < until; number++) {
    if ((number - seed) % 100000 == 0) {
      std::printf("ISAT_FUZZ_SEED=%llu\n", static_cast<unsigned long long>(number));
      std::fflush(stdout);
    }
    const auto input = isat::fuzz::encode(mutator.trial(number));
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%llu frames\n", static_cast<unsigned long long>(number - seed));
  return 0;
}
