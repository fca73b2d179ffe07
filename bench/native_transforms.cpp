// SPDX-License-Identifier: Apache-2.0
// What the transforms of bpf/respond.h cost natively: a frame of each kind, put back before every
// run.
#include "bench/native_transforms.h"

#include <benchmark/benchmark.h>

#include <cstring>

#include "tests/frames/bare_responder.h"
#include "tests/frames/frame.h"

namespace isat::bench {
namespace {

void respond_to(benchmark::State& state, const frames::Frame& question, isat_outcome expected) {
  frames::BareFrame room{};
  isat_outcome outcome = OUTCOME_OTHER_TRAFFIC;
  for (auto _ : state) {
    std::memcpy(room.data(), question.data(), question.size());
    outcome = frames::respond_barely(room, question.size());
    benchmark::DoNotOptimize(room);
  }
  if (outcome != expected) state.SkipWithError("the frame met another fate than expected");
}

void add(const char* name, const frames::Frame& question, isat_outcome expected) {
  benchmark::RegisterBenchmark(name, respond_to, question, expected);
}

}  // namespace

void add_native_transforms() {
  add("native/ARP request, ours", frames::padded(frames::arp(), 60), OUTCOME_ANSWERED);
  add("native/ARP request, not ours",
      frames::padded(frames::arp({.target = frames::kStranger4}), 60), OUTCOME_NOT_ANNOUNCED);
  add("native/neighbour solicitation, ours", frames::nd(), OUTCOME_ANSWERED);
  add("native/TCP", frames::tcp(), OUTCOME_OTHER_TRAFFIC);
}

}  // namespace isat::bench
