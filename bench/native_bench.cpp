// SPDX-License-Identifier: Apache-2.0
// What costs no kernel: the transforms as native code, and the control plane's decisions.
#include <benchmark/benchmark.h>

#include "bench/decisions.h"
#include "bench/native_transforms.h"

int main(int argc, char** argv) {
  isat::bench::add_native_transforms();
  isat::bench::add_decisions();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
