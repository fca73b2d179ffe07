// SPDX-License-Identifier: Apache-2.0
// Asks the loop something from another thread, and waits for a bounded time.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace isat {

struct EndpointReply {
  int status = 200;
  std::string body;
};

// ask() is for any thread but the loop's, close() for the loop's.
class LoopQuestions {
 public:
  explicit LoopQuestions(asio::io_context& loop) : loop_(loop) {}

  // Runs `question` on the loop. Nothing comes back after `patience`, or at once when closed; a
  // question given up while it was still queued is never put.
  [[nodiscard]] std::optional<EndpointReply> ask(std::function<EndpointReply()> question,
                                                 std::chrono::milliseconds patience);
  // Idempotent. Sends everybody away who waits; no question is put from now on.
  void close();

 private:
  // Held by the posted functions too: they may outlive the asker, and these questions.
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool closed = false;
  };

  asio::io_context& loop_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace isat
