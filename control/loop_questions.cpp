// SPDX-License-Identifier: Apache-2.0
// Asks the loop something from another thread.
#include "control/loop_questions.h"

#include <asio/post.hpp>
#include <utility>

namespace isat {

std::optional<EndpointReply> LoopQuestions::ask(std::function<EndpointReply()> question,
                                                std::chrono::milliseconds patience) {
  struct Slip {
    std::optional<EndpointReply> reply;
    bool given_up = false;
  };
  const auto slip = std::make_shared<Slip>();
  asio::post(loop_, [state = state_, slip, question = std::move(question)] {
    {
      const std::lock_guard lock(state->mutex);
      if (state->closed || slip->given_up) return;
    }
    // Unlocked: close() comes on this thread too, so nothing can close in between.
    EndpointReply reply = question();
    const std::lock_guard lock(state->mutex);
    slip->reply = std::move(reply);
    state->changed.notify_all();
  });

  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, patience,
                           [&] { return slip->reply.has_value() || state_->closed; });
  slip->given_up = true;
  return std::move(slip->reply);
}

void LoopQuestions::close() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->changed.notify_all();
}

}  // namespace isat
