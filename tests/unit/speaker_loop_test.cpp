// SPDX-License-Identifier: Apache-2.0
// The speaker in a real loop: signals, netlink's descriptor and the timer.
#include "control/speaker_loop.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <csignal>

#include "tests/unit/speaker_fixture.h"

namespace isat {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class SpeakerLoopTest : public ::testing::Test, protected SpeakerBench {
 protected:
  SpeakerLoopTest() {
    clock = std::chrono::steady_clock::now;
    interfaces.readable = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    set(made(1));
    interfaces.changed.clear();
    make();
    speaker_loop = std::make_unique<SpeakerLoop>(
        loop, *speaker, interfaces, [this] { ++reloads; }, [this] { ++stops; });
    wake_changed = [this] { speaker_loop->rearm(); };
    speaker_loop->start();
  }
  ~SpeakerLoopTest() override {
    speaker_loop.reset();
    // Not closed by the loop: the descriptor is the interface source's.
    EXPECT_EQ(::close(interfaces.readable), 0);
  }

  void news() const { ASSERT_EQ(::eventfd_write(interfaces.readable, 1), 0); }
  // Bounded generously: a busy machine is not a failure.
  template <typename Condition>
  bool run_until(Condition condition) {
    const auto patience = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < patience) {
      loop.restart();
      loop.run_one_for(100ms);
    }
    return condition();
  }

  // Nothing is waited for: what remains are handlers that were cancelled.
  bool loop_is_idle() {
    loop.restart();
    loop.poll();
    return loop.stopped();
  }

  asio::io_context loop;
  int reloads = 0;
  int stops = 0;
  std::unique_ptr<SpeakerLoop> speaker_loop;
};

const Assignment kTen{{"default/web", *Address::parse("192.0.2.10")}, any_node()};

TEST_F(SpeakerLoopTest, SendsWithoutBeingAskedAgain) {
  asio::post(loop, [this] { add(kTen); });
  EXPECT_TRUE(run_until([this] { return sender.sent.size() >= 2; }));  // at once, and 1.1 s later
}

TEST_F(SpeakerLoopTest, HearsOfInterfaces) {
  add(kTen);
  interfaces.interfaces[2] = made(2);
  interfaces.changed = {2};
  news();
  interfaces.on_process = [this] {
    eventfd_t value = 0;
    ASSERT_EQ(::eventfd_read(interfaces.readable, &value), 0);
  };
  EXPECT_TRUE(run_until([this] { return plane.entries.count({kTen.key.address, 2}) == 1; }));
}

TEST_F(SpeakerLoopTest, DoesNotSpinOnADescriptorThatFails) {
  interfaces.failing = true;
  news();
  int looks = 0;
  interfaces.on_process = [&] { ++looks; };
  EXPECT_TRUE(run_until([&] { return looks > 0; }));
  loop.restart();
  loop.run_for(100ms);
  EXPECT_LE(looks, 2);
  interfaces.failing = false;
  EXPECT_TRUE(run_until([&] { return looks > 2; }));
}

TEST_F(SpeakerLoopTest, ReloadsOnHangUp) {
  asio::post(loop, [] { ::raise(SIGHUP); });
  EXPECT_TRUE(run_until([this] { return reloads == 1; }));
  EXPECT_EQ(stops, 0);
  asio::post(loop, [] { ::raise(SIGHUP); });
  EXPECT_TRUE(run_until([this] { return reloads == 2; }));
}

class SpeakerLoopSignalTest : public SpeakerLoopTest, public ::testing::WithParamInterface<int> {};

TEST_P(SpeakerLoopSignalTest, LeavesAsConfiguredAndLetsTheLoopEnd) {
  add(kTen);
  asio::post(loop, [] { ::raise(GetParam()); });
  EXPECT_TRUE(run_until([this] { return stops == 1; }));
  EXPECT_TRUE(source.stopped);
  EXPECT_EQ(plane.entries.size(), 1u);  // on_exit: keep
  EXPECT_TRUE(loop_is_idle());
}

TEST_F(SpeakerLoopTest, StoppingLetsTheLoopEnd) {
  speaker_loop->stop();
  speaker_loop->stop();
  EXPECT_EQ(stops, 1);
  EXPECT_TRUE(loop_is_idle());
}

INSTANTIATE_TEST_SUITE_P(Signals, SpeakerLoopSignalTest, ::testing::Values(SIGTERM, SIGINT));

}  // namespace
}  // namespace isat
