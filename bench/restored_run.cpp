// SPDX-License-Identifier: Apache-2.0
// Times test runs by this thread's processor time: the kernel's own figure has no digits below a
// nanosecond, and by the wall clock the call takes in a wait for an RCU grace period.
#include "bench/restored_run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "floors.skel.h"
#include "restore.skel.h"

namespace isat::bench {
namespace {

double processor_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

void RestoredRun::Closer::operator()(restore* object) const {
  restore__destroy(object);
}

void RestoredRun::Closer::operator()(floors* object) const {
  floors__destroy(object);
}

Result<RestoredRun> RestoredRun::open(Hook hook) {
  RestoredRun run;
  run.hook_ = hook;
  run.restore_.reset(restore__open_and_load());
  if (!run.restore_) return fail_errno("load", "the bench's restoring programs");
  run.floor_.reset(floors__open_and_load());
  if (!run.floor_) return fail_errno("load", "the bench's floors");
  return run;
}

int RestoredRun::pass() const {
  return bpf_program__fd(hook_ == Hook::kXdp ? floor_->progs.pass : floor_->progs.pass_tc);
}

int RestoredRun::swap() const {
  return bpf_program__fd(floor_->progs.swap);
}

Result<double> RestoredRun::time(int program, std::uint32_t frames) {
  const bool xdp = hook_ == Hook::kXdp;
  const auto* array = xdp ? restore_->maps.under_test_xdp : restore_->maps.under_test_tc;
  const std::uint32_t zero = 0;
  if (bpf_map_update_elem(bpf_map__fd(array), &zero, &program, BPF_ANY) != 0) {
    return fail_errno("take", "the program under test");
  }
  std::array<std::uint8_t, QUESTION_MAX> start{};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = start.data(),
              .data_size_in = restore_->bss->question.length, .repeat = static_cast<int>(frames));
  // At tc the kernel reads the type of the frame it is given.
  std::copy_n(restore_->bss->question.bytes, options.data_size_in, start.begin());
  const int restoring =
      bpf_program__fd(xdp ? restore_->progs.restore_xdp : restore_->progs.restore_tc);
  const double before = processor_nanoseconds();
  if (bpf_prog_test_run_opts(restoring, &options) != 0) {
    return fail_errno("run", "the program under test");
  }
  return (processor_nanoseconds() - before) / frames;
}

Result<double> RestoredRun::over_pass(int program, const question& asked, std::uint32_t frames) {
  restore_->bss->question = asked;
  const auto floor = time(pass(), frames);
  if (!floor) return floor;
  const auto all = time(program, frames);
  if (!all) return all;
  return *all - *floor;
}

}  // namespace isat::bench
