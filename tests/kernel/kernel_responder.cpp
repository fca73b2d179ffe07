// SPDX-License-Identifier: Apache-2.0
// BPF_PROG_TEST_RUN, and what its return value means at each hook.
#include "tests/kernel/kernel_responder.h"

#include <bpf/bpf.h>
#include <linux/pkt_cls.h>

#include <string>

namespace isat::test {
namespace {

constexpr std::size_t kHeadroom = 512;  // more than any answer grows

// True = sent back, false = passed; every other action is an error.
Result<bool> is_sent(Hook hook, std::uint32_t action) {
  const auto pass =
      hook == Hook::kXdp ? std::uint32_t{XDP_PASS} : static_cast<std::uint32_t>(TC_ACT_UNSPEC);
  const auto send = hook == Hook::kXdp ? std::uint32_t{XDP_TX} : std::uint32_t{TC_ACT_REDIRECT};
  if (action == pass) return false;
  if (action == send) return true;
  return fail("return an action: " + std::to_string(static_cast<std::int32_t>(action)) +
              " neither passes nor sends");
}

}  // namespace

Result<KernelResponder> KernelResponder::create(Hook hook, bool shown) {
  auto loaded = LoadedResponder::create(kIndex, shown);
  if (!loaded) return tl::unexpected(loaded.error());
  return KernelResponder(hook, std::move(*loaded));
}

bool KernelResponder::takes(Hook hook, const frames::Frame& frame, const frames::Setting& setting) {
  if (setting.hidden_tci || frame.size() < 14) return false;
  if (hook == Hook::kXdp) return true;
  const int type = frame[12] << 8 | frame[13];
  return frame.size() >= (type == 0x86dd ? 54U : type == 0x0800 ? 34U : 15U);
}

Result<frames::Verdict> KernelResponder::respond(const frames::Frame& frame,
                                                 const frames::Setting& setting) {
  const auto program = loaded_.program(hook_, setting);
  if (!program) return tl::unexpected(program.error());
  if (auto done = loaded_.prepare(setting); !done) return tl::unexpected(done.error());

  frames::Frame out(frame.size() + kHeadroom);
  LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data(), .data_out = out.data(),
              .data_size_in = static_cast<std::uint32_t>(frame.size()),
              .data_size_out = static_cast<std::uint32_t>(out.size()));
  if (bpf_prog_test_run_opts(*program, &run) != 0)
    return fail_errno("run", "the program over a frame");
  out.resize(run.data_size_out);

  auto verdict = loaded_.verdict(frame);
  if (!verdict) return verdict;
  const auto sent = is_sent(hook_, run.retval);
  if (!sent) return tl::unexpected(sent.error());
  verdict->sent = *sent;
  verdict->frame = std::move(out);
  return verdict;
}

Result<void> KernelResponder::repeat(const frames::Frame& frame, std::uint32_t times) {
  const auto program = loaded_.program(hook_, {});
  if (!program) return tl::unexpected(program.error());
  LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data(),
              .data_size_in = static_cast<std::uint32_t>(frame.size()),
              .repeat = static_cast<int>(times));
  if (bpf_prog_test_run_opts(*program, &run) != 0)
    return fail_errno("run", "the program over a frame");
  return {};
}

}  // namespace isat::test
