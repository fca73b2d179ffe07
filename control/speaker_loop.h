// SPDX-License-Identifier: Apache-2.0
// Gives the speaker its place in the loop: netlink's descriptor, one timer, and signals.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <functional>

#include "control/speaker.h"

namespace isat {

class SpeakerLoop {
 public:
  // Everything outlives it. `reload` is called on SIGHUP; `stopped` once the speaker has left,
  // after SIGTERM or SIGINT.
  SpeakerLoop(asio::io_context& loop, Speaker& speaker, const InterfaceSource& interfaces,
              std::function<void()> reload, std::function<void()> stopped);
  ~SpeakerLoop();
  SpeakerLoop(const SpeakerLoop&) = delete;
  SpeakerLoop& operator=(const SpeakerLoop&) = delete;

  // Starts the speaker, and waits for what may happen; the caller runs the loop.
  void start();
  // Idempotent. The speaker leaves, and nothing is waited for any more but that the others know,
  // for two seconds at most.
  void stop();
  // The speaker's next_wake() moved: its hook `wake_changed`.
  void rearm();

 private:
  void left();
  void wait_for_interfaces();
  void wait_for_signal();

  Speaker& speaker_;
  std::function<void()> reload_;
  std::function<void()> stopped_;
  asio::posix::stream_descriptor interfaces_;
  asio::steady_timer timer_;
  asio::steady_timer pause_;
  asio::signal_set signals_;
  bool running_ = false;
};

}  // namespace isat
