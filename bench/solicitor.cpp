// SPDX-License-Identifier: Apache-2.0
// Asks out of an interface for many addresses, counts the answers that come back, prints both as
// JSON.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "bench/announced_set.h"
#include "bench/sink.h"
#include "generator.skel.h"
#include "sink.skel.h"

namespace isat::bench {
namespace {

struct Options {
  std::string interface;
  std::string family = "arp";
  std::uint32_t addresses = 1;  // a power of two
  std::uint32_t stride = 0;
  bool miss = false;
  std::uint64_t questions = 1'000'000;
  std::uint64_t rate = 0;  // questions a second; 0 = as many as go
  bool timed = false;
};

class Solicitor {
 public:
  explicit Solicitor(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<void> open() {
    index_ = ::if_nametoindex(options_.interface.c_str());
    if (index_ == 0) return fail_errno("find interface", options_.interface);
    generator_.reset(generator__open_and_load());
    if (!generator_) return fail_errno("load", "the generator");
    sink_.reset(sink__open());
    if (!sink_) return fail_errno("open", "the sink");
    sink_->rodata->timed = options_.timed;
    if (sink__load(sink_.get()) != 0) return fail_errno("load", "the sink");
    LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);
    link_ = FileDescriptor(bpf_link_create(bpf_program__fd(sink_->progs.count),
                                           static_cast<int>(index_), BPF_XDP, &native));
    if (!link_.valid()) return fail_errno("attach the sink to", options_.interface);
    const std::uint32_t zero = 0;
    if (bpf_map_update_elem(bpf_map__fd(generator_->maps.out), &zero, &index_, BPF_ANY) != 0) {
      return fail_errno("send out of", options_.interface);
    }
    const AddressSet set{options_.family == "arp" ? Family::kIpv4 : Family::kIpv6,
                         options_.addresses, options_.stride};
    generator_->bss->question = ask_any_of(set, options_.miss, options_.timed);
    generator_->bss->interval_ns = options_.rate == 0 ? 0 : 1'000'000'000 / options_.rate;
    return {};
  }

  // Asks, then waits for the last answers.
  [[nodiscard]] Result<void> ask(std::uint64_t questions) {
    auto* bss = generator_->bss;
    bss->sent = bss->due_ns = bss->began_ns = 0;
    bss->wanted = questions;
    while (bss->sent < questions) {
      const auto length = bss->question.length;
      LIBBPF_OPTS(
          bpf_test_run_opts, run, .data_in = bss->question.bytes, .data_size_in = length,
          .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
          // At a pace most runs find nothing due: few frames at once, so that one leaves in time.
          .batch_size = options_.rate == 0 ? 64U : 4U);
      run.repeat = static_cast<int>(options_.rate == 0 ? questions - bss->sent : 200'000);
      if (bpf_prog_test_run_opts(bpf_program__fd(generator_->progs.generate), &run) != 0) {
        return fail_errno("send out of", options_.interface);
      }
    }
    return {};
  }

  [[nodiscard]] Result<sunk> sum() const {
    const std::uint32_t zero = 0;
    std::vector<sunk> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
    if (bpf_map_lookup_elem(bpf_map__fd(sink_->maps.sunk), &zero, per_cpu.data()) != 0) {
      return fail_errno("read", "the sink");
    }
    sunk total{};
    for (const auto& one : per_cpu) {
      total.answers += one.answers;
      total.others += one.others;
      for (std::size_t i = 0; i < LATENCY_BINS; i++) total.bins[i] += one.bins[i];
    }
    return total;
  }

  // What came once nothing has come for a tenth of a second.
  [[nodiscard]] Result<sunk> settle() const {
    for (auto before = sum();;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      auto now = sum();
      if (!before || !now || before->answers == now->answers) return now;
      before = std::move(now);
    }
  }

  [[nodiscard]] double seconds() const {
    return static_cast<double>(generator_->bss->ended_ns - generator_->bss->began_ns) / 1e9;
  }

 private:
  struct Closer {
    void operator()(generator* object) const { generator__destroy(object); }
    void operator()(sink* object) const { sink__destroy(object); }
  };

  Options options_;
  std::uint32_t index_ = 0;
  std::unique_ptr<generator, Closer> generator_;
  std::unique_ptr<sink, Closer> sink_;
  FileDescriptor link_;
};

// The nanoseconds that `share` of the answers took at most: the upper edge of their bin.
std::uint64_t quantile(const sunk& all, double share) {
  std::uint64_t seen = 0;
  for (std::uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
    seen += all.bins[bin];
    if (static_cast<double>(seen) < share * static_cast<double>(all.answers)) continue;
    const std::uint64_t power = bin / LATENCY_STEPS, step = bin % LATENCY_STEPS + 1;
    return (std::uint64_t{1} << power) + (step << power) / LATENCY_STEPS;
  }
  return 0;
}

Result<nlohmann::json> solicit(const Options& options) {
  Solicitor solicitor(options);
  if (auto done = solicitor.open(); !done) return tl::unexpected(done.error());
  if (options.rate == 0) {
    if (auto warm = solicitor.ask(options.questions / 10); !warm)
      return tl::unexpected(warm.error());
  }
  const auto before = solicitor.settle();
  if (!before) return tl::unexpected(before.error());
  if (auto done = solicitor.ask(options.questions); !done) return tl::unexpected(done.error());
  const auto after = solicitor.settle();
  if (!after) return tl::unexpected(after.error());
  const auto answers = after->answers - before->answers;
  nlohmann::json result{{"questions", options.questions},
                        {"answers", answers},
                        // With all else that came back: a floor returns questions.
                        {"returned", answers + after->others - before->others},
                        {"seconds", solicitor.seconds()}};
  if (options.timed) {
    result["latency_ns"] = {{"p50", quantile(*after, 0.5)},
                            {"p99", quantile(*after, 0.99)},
                            {"p99.9", quantile(*after, 0.999)}};
  }
  return result;
}

}  // namespace
}  // namespace isat::bench

int main(int argc, char** argv) {
  isat::bench::Options options;
  CLI::App app("Asks for many addresses out of an interface and counts the answers; prints JSON.");
  app.add_option("interface", options.interface)->required();
  app.add_option("--family", options.family)->check(CLI::IsMember({"arp", "ndp"}));
  app.add_option("--addresses", options.addresses, "a power of two");
  app.add_option("--stride", options.stride, "from one address to the next, as a shift");
  app.add_flag("--miss", options.miss, "ask for addresses nobody has");
  app.add_option("--questions", options.questions);
  app.add_option("--rate", options.rate, "questions a second");
  app.add_flag("--timed", options.timed, "measure latency");
  CLI11_PARSE(app, argc, argv);
  const auto result = isat::bench::solicit(options);
  if (!result) {
    std::fprintf(stderr, "solicitor: %s\n", result.error().message.c_str());
    return 1;
  }
  std::puts(result->dump().c_str());
  return 0;
}
