// SPDX-License-Identifier: Apache-2.0
// Gives the speaker its place in the loop.
#include "control/speaker_loop.h"

#include <csignal>
#include <utility>

namespace isat {
namespace {

// A descriptor that stays readable because reading it fails must not keep the loop spinning.
constexpr std::chrono::seconds kPauseAfterFailure{1};
// An API that is away must not hold up an exit; nor may the kubelet lose patience first.
constexpr std::chrono::seconds kLeavingAtMost{2};

}  // namespace

SpeakerLoop::SpeakerLoop(asio::io_context& loop, Speaker& speaker,
                         const InterfaceSource& interfaces, std::function<void()> reload,
                         std::function<void()> stopped)
    : speaker_(speaker),
      reload_(std::move(reload)),
      stopped_(std::move(stopped)),
      interfaces_(loop, interfaces.descriptor()),
      timer_(loop),
      pause_(loop),
      signals_(loop, SIGTERM, SIGINT, SIGHUP) {}

SpeakerLoop::~SpeakerLoop() {
  interfaces_.release();  // the descriptor is the interface source's
}

void SpeakerLoop::start() {
  running_ = true;
  speaker_.start();
  wait_for_interfaces();
  wait_for_signal();
  rearm();
}

void SpeakerLoop::stop() {
  if (!std::exchange(running_, false)) return;
  timer_.cancel();
  pause_.cancel();
  signals_.cancel();
  interfaces_.cancel();
  timer_.expires_after(kLeavingAtMost);
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error) left();
  });
  speaker_.stop([this] { left(); });
}

void SpeakerLoop::left() {
  timer_.cancel();
  if (const auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

void SpeakerLoop::rearm() {
  if (!running_) return;
  timer_.expires_at(speaker_.next_wake());
  timer_.async_wait([this](const asio::error_code& error) {
    if (error || !running_) return;
    speaker_.tick();
    rearm();
  });
}

void SpeakerLoop::wait_for_interfaces() {
  interfaces_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](const asio::error_code& error) {
                           if (error || !running_) return;
                           if (speaker_.interfaces_changed()) {
                             wait_for_interfaces();
                             return;
                           }
                           pause_.expires_after(kPauseAfterFailure);
                           pause_.async_wait([this](const asio::error_code& cancelled) {
                             if (!cancelled && running_) wait_for_interfaces();
                           });
                         });
}

void SpeakerLoop::wait_for_signal() {
  signals_.async_wait([this](const asio::error_code& error, int signal) {
    if (error || !running_) return;
    if (signal != SIGHUP) {
      stop();
      return;
    }
    if (reload_) reload_();
    wait_for_signal();
  });
}

}  // namespace isat
