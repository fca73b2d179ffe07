// SPDX-License-Identifier: Apache-2.0
// The deadline passes while frames come: the clock is read once a tick, and not only once.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <sched.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

std::chrono::nanoseconds boot_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

class DeadlineTest : public HookTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    // Every CPU has a clock of its own.
    ASSERT_EQ(::sched_getaffinity(0, sizeof anywhere_, &anywhere_), 0);
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &here);
    ASSERT_EQ(::sched_setaffinity(0, sizeof here, &here), 0);
    pinned_ = true;
    auto responder = KernelResponder::create(GetParam());
    ASSERT_TRUE(responder) << responder.error().message;
    responder_.emplace(std::move(*responder));
  }
  void TearDown() override {
    if (pinned_) ::sched_setaffinity(0, sizeof anywhere_, &anywhere_);
  }

  bool answers(int program) {
    const auto frame = frames::arp();
    frames::Frame out(256);
    LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data(), .data_out = out.data(),
                .data_size_in = static_cast<std::uint32_t>(frame.size()),
                .data_size_out = static_cast<std::uint32_t>(out.size()));
    EXPECT_EQ(bpf_prog_test_run_opts(program, &run), 0);
    return run.retval == (GetParam() == Hook::kXdp ? std::uint32_t{XDP_TX} : TC_ACT_REDIRECT);
  }

  cpu_set_t anywhere_{};
  bool pinned_ = false;
  std::optional<KernelResponder> responder_;
};

ISAT_AT_BOTH_HOOKS(DeadlineTest);

TEST_P(DeadlineTest, PassesWhileFramesCome) {
  using std::chrono::milliseconds;
  const auto program = responder_->loaded().program(GetParam(), {.strict = true});
  ASSERT_TRUE(program) << program.error().message;
  const auto deadline = boot_now() + milliseconds(200);
  const std::uint32_t only = 0;
  const auto value = static_cast<std::uint64_t>(deadline.count());
  ASSERT_EQ(bpf_map_update_elem(responder_->loaded().maps().descriptor("deadline"), &only, &value,
                                BPF_ANY),
            0);
  EXPECT_TRUE(answers(*program));
  while (boot_now() < deadline) std::this_thread::sleep_for(milliseconds(5));
  std::this_thread::sleep_for(milliseconds(20));  // a tick or two
  EXPECT_FALSE(answers(*program));
}

}  // namespace
}  // namespace isat::test
