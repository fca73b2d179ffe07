// SPDX-License-Identifier: Apache-2.0
// A timer on the loop whose callback never runs after cancel(), a new start, or destruction.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace isat {

// asio's own timer may already have queued a success when it is cancelled or destroyed; its handler
// then runs on a dead object. Here every start carries a token that the end of it takes away.
class OneShotTimer {
 public:
  explicit OneShotTimer(asio::io_context& loop) : timer_(loop) {}

  // Replaces whatever was started before.
  void start(std::chrono::milliseconds after, std::function<void()> callback) {
    token_ = std::make_shared<char>();
    timer_.expires_after(after);
    timer_.async_wait([token = std::weak_ptr<char>(token_),
                       callback = std::move(callback)](const asio::error_code& error) {
      if (!error && !token.expired()) callback();
    });
  }
  void cancel() {
    token_.reset();
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<char> token_;
};

}  // namespace isat
