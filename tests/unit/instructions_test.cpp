// SPDX-License-Identifier: Apache-2.0
// What the transforms cost, counted: a child takes one instruction at a time. How many depends on
// the compiler, how they compare does not much; time is never judged.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <iostream>

#include "tests/frames/bare_responder.h"
#include "tests/frames/frame.h"
#include "tests/requirement.h"

namespace isat {
namespace {

using frames::BareFrame;

// Nothing where a process may not be traced.
std::optional<long> instructions(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();  // binds what is bound at the first call
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(2);
    ::raise(SIGSTOP);
    work();
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  int status = 0;
  long count = 0;
  for (int stops = 0; ::waitpid(child, &status, 0) == child && WIFSTOPPED(status);) {
    if (WSTOPSIG(status) == SIGSTOP && ++stops == 2) break;
    ++count;
    ::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr);
  }
  const bool traced = WIFSTOPPED(status);
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return traced ? std::optional<long>(count) : std::nullopt;
}

class InstructionsTest : public testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer's own instructions would be counted too";
#endif
    ISAT_REQUIRE(instructions([] {}).has_value(), "this process may not trace its child");
  }

  static long of(const char* name, const frames::Frame& question, isat_outcome expected) {
    BareFrame frame{};
    EXPECT_EQ((std::copy(question.begin(), question.end(), frame.begin()),
               frames::respond_barely(frame, question.size())),
              expected);
    const auto answered = instructions([&] {
      std::copy(question.begin(), question.end(), frame.begin());
      (void)frames::respond_barely(frame, question.size());
    });
    const auto copied =
        instructions([&] { std::copy(question.begin(), question.end(), frame.begin()); });
    std::cout << name << ": " << *answered - *copied << " instructions\n";
    return *answered - *copied;
  }
};

TEST_F(InstructionsTest, CompareAsTheyShould) {
  const auto arp = of("ARP request", frames::padded(frames::arp(), 60), OUTCOME_ANSWERED);
  const auto miss =
      of("ARP request for a stranger",
         frames::padded(frames::arp({.target = frames::kStranger4}), 60), OUTCOME_NOT_ANNOUNCED);
  const auto ndp = of("neighbour solicitation", frames::nd(), OUTCOME_ANSWERED);
  const auto stranger = of("neighbour solicitation for a stranger",
                           frames::nd({.target = frames::kStranger6}), OUTCOME_NOT_ANNOUNCED);
  const auto other = of("TCP", frames::tcp(), OUTCOME_OTHER_TRAFFIC);
  EXPECT_GT(other, 5) << "nothing was counted";
  EXPECT_LE(miss, arp);
  EXPECT_LE(stranger, ndp);
  EXPECT_LE(2 * other, arp);
  EXPECT_LE(ndp, 3 * arp);
}

}  // namespace
}  // namespace isat
