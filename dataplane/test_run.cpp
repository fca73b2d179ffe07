// SPDX-License-Identifier: Apache-2.0
// Feeds frames to an unattached responder through BPF_PROG_TEST_RUN.
#include "dataplane/test_run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>

#include "dataplane/responder_object.h"

namespace isat {
namespace {

// Any number does: the program has its interface built in, and looks addresses up under it.
constexpr InterfaceIndex kInterface = 1;
constexpr std::uint32_t kSlot = 0;
constexpr std::size_t kGrowth = 64;  // more than an answer ever grows

}  // namespace

Result<std::unique_ptr<TestRun>> TestRun::open(const std::vector<Address>& addresses,
                                               const MacAddress& mac, ResponderPolicy policy) {
  auto maps = ResponderMaps::create(
      std::max<std::uint32_t>(1, static_cast<std::uint32_t>(addresses.size())));
  if (!maps) return tl::unexpected(maps.error());
  std::unique_ptr<TestRun> run(new TestRun(std::move(*maps)));
  auto announced = AnnouncedMaps::take_over(run->maps_);
  if (!announced) return tl::unexpected(announced.error());
  for (const auto& address : addresses) {
    if (auto done = announced->announce({{address, kInterface}, mac}); !done) {
      return tl::unexpected(done.error());
    }
  }
  auto program = ResponderObject::load_program(
      Hook::kXdp, {kInterface, kSlot, policy.observe, policy.silent_after_deadline}, run->maps_);
  if (!program) return tl::unexpected(program.error());
  run->program_ = std::move(*program);
  auto counts = run->read_counts();
  if (!counts) return tl::unexpected(counts.error());
  run->counts_ = std::move(*counts);
  return run;
}

Result<std::vector<std::uint64_t>> TestRun::read_counts() const {
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  std::vector<std::uint64_t> counts(std::size_t{FAMILY_COUNT} * OUTCOME_COUNT);
  for (std::uint32_t i = 0; i < OUTCOMES_PER_SLOT; i++) {
    if (bpf_map_lookup_elem(maps_.descriptor("outcomes"), &i, per_cpu.data()) != 0) {
      return fail_errno("read map", "outcomes");
    }
    for (const auto count : per_cpu) counts[i] += count;
  }
  return counts;
}

Result<TestRun::Verdict> TestRun::feed(std::span<const std::uint8_t> frame) {
  // The kernel runs nothing shorter than an Ethernet header, nor would a driver deliver it. The
  // rule (A7) is that such a frame is other traffic.
  if (frame.size() < ETH_HLEN) return Verdict{};
  std::vector<std::uint8_t> out(frame.size() + kGrowth);
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.data_out = out.data();
  options.data_size_out = static_cast<std::uint32_t>(out.size());
  options.repeat = 1;
  if (bpf_prog_test_run_opts(program_.get(), &options) != 0) {
    return fail_errno("run the responder over", std::to_string(frame.size()) + " bytes");
  }
  auto counts = read_counts();
  if (!counts) return tl::unexpected(counts.error());
  Verdict verdict;
  for (std::uint32_t i = 0; i < counts->size(); i++) {
    if ((*counts)[i] == counts_[i]) continue;
    verdict.family = static_cast<isat_family>(i / OUTCOME_COUNT);
    verdict.outcome = static_cast<isat_outcome>(i % OUTCOME_COUNT);
  }
  counts_ = std::move(*counts);
  if (options.retval == XDP_TX) {
    out.resize(options.data_size_out);
    verdict.reply = std::move(out);
  }
  return verdict;
}

}  // namespace isat
