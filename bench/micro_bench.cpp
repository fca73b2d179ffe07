// SPDX-License-Identifier: Apache-2.0
// What one frame costs in the kernel's program: nanoseconds beyond a program that passes it unseen.
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "bench/announced_set.h"
#include "bench/restored_run.h"
#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/privilege.h"

namespace isat::bench {
namespace {

constexpr std::uint32_t kFrames = 500'000;  // of one measurement
constexpr int kRepetitions = 9;             // of which the median counts
// Of what costs next to nothing: a machine that others share errs by more than that each time.
constexpr int kManyRepetitions = 31;

template <typename T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "micro_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

RestoredRun& run_at(Hook hook) {
  static std::map<Hook, RestoredRun> runs;
  auto found = runs.find(hook);
  if (found == runs.end()) found = runs.emplace(hook, must(RestoredRun::open(hook))).first;
  return found->second;
}

// The latest set only: one of a million addresses takes a few hundred megabytes.
const AnnouncedSet& announced(const AddressSet& set) {
  static std::map<AddressSet, AnnouncedSet> sets;
  if (!sets.contains(set)) {
    sets.clear();
    sets.emplace(set, must(AnnouncedSet::create(set)));
  }
  return sets.at(set);
}

void measure(benchmark::State& state, Hook hook, int program, const question& asked) {
  auto& run = run_at(hook);
  (void)must(run.over_pass(program, asked, kFrames / 10));  // warms caches and branch history
  for (auto _ : state) {
    state.SetIterationTime(must(run.over_pass(program, asked, kFrames)) / 1e9);
  }
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program, &info, &size) != 0) return;
  state.counters["verified"] = info.verified_insns;
  state.counters["translated"] = info.xlated_prog_len / sizeof(bpf_insn);
}

template <typename Body>
void add(const std::string& name, Body body, int repetitions = kRepetitions) {
  benchmark::RegisterBenchmark(name.c_str(), body)
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(repetitions)
      ->ReportAggregatesOnly();
}

std::string name_of(Hook hook) {
  return hook == Hook::kXdp ? "xdp" : "tc";
}

void add_floor() {
  add(
      "floor/xdp/swap",
      [](benchmark::State& state) {
        const int swap = run_at(Hook::kXdp).swap();
        measure(state, Hook::kXdp, swap, ask(frames::padded(frames::arp(), 60)));
      },
      kManyRepetitions);
}

void add_other_traffic(Hook hook) {
  add(
      "other/" + name_of(hook) + "/tcp",
      [hook](benchmark::State& state) {
        const auto program = must(announced({}).program(hook));
        measure(state, hook, program.get(), ask(frames::tcp()));
      },
      kManyRepetitions);
}

void measure_set(benchmark::State& state, Hook hook, const AddressSet& set, bool miss) {
  const auto& all = announced(set);
  const auto program = must(all.program(hook));
  const auto family = set.family == Family::kIpv4 ? FAMILY_ARP : FAMILY_NDP;
  const auto outcome = miss ? OUTCOME_NOT_ANNOUNCED : OUTCOME_ANSWERED;
  const auto before = must(all.counted(family, outcome));
  measure(state, hook, program.get(), ask_any_of(set, miss));
  if (must(all.counted(family, outcome)) - before != kFrames / 10 + kFrames) {
    state.SkipWithError("the frames met another fate than the one to be measured");
  }
}

void add_sets(Hook hook) {
  for (const auto family : {Family::kIpv4, Family::kIpv6}) {
    for (const auto bits : {0U, 10U, 16U, 20U}) {
      for (const auto stride : {0U, 4U}) {
        if (bits == 0 && stride != 0) continue;
        for (const bool miss : {false, true}) {
          const AddressSet set{family, 1U << bits, stride};
          add("addresses/" + name_of(hook) + (family == Family::kIpv4 ? "/arp/" : "/ndp/") +
                  (miss ? "miss/" : "hit/") + (stride == 0 ? "pool/" : "sparse/") +
                  std::to_string(set.count),
              [=](benchmark::State& state) { measure_set(state, hook, set, miss); });
        }
      }
    }
  }
}

// Every row of the table of solicitations that a test run takes.
void add_rows(Hook hook) {
  for (const auto& row : frames::solicitations()) {
    if (!test::KernelResponder::takes(hook, row.frame, row.setting)) continue;
    add("row/" + name_of(hook) + "/" + row.rule + "/" + row.name, [=](benchmark::State& state) {
      auto responder = must(test::LoadedResponder::create(AnnouncedSet::kInterface));
      const int program = must(responder.program(hook, row.setting));
      if (const auto done = responder.prepare(row.setting); !done) {
        state.SkipWithError(done.error().message.c_str());
        return;
      }
      measure(state, hook, program, ask(row.frame));
    });
  }
}

}  // namespace
}  // namespace isat::bench

int main(int argc, char** argv) {
  using namespace isat;
  for (const auto hook : {Hook::kXdp, Hook::kTc}) bench::run_at(hook);
  // From here on as isat is deployed: with CAP_PERFMON, which only the bench's own programs need,
  // the kernel would make another program of the responder.
  if (const auto kept = test::keep_responder_privileges(); !kept) {
    std::fprintf(stderr, "micro_bench: %s\n", kept.error().message.c_str());
    return 1;
  }
  bench::add_floor();
  for (const auto hook : {Hook::kXdp, Hook::kTc}) {
    bench::add_other_traffic(hook);
    bench::add_sets(hook);
    bench::add_rows(hook);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
