// SPDX-License-Identifier: Apache-2.0
// When to try again what failed on this machine: soon, then ever more rarely.
#pragma once

#include <algorithm>
#include <chrono>

namespace isat {

// No jitter: nobody else is retrying against the same kernel.
class Backoff {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kFirst{1};
  static constexpr std::chrono::seconds kMost{60};

  // Notes one more failure and says when to try again.
  TimePoint failed(TimePoint now) {
    retry_at_ = now + pause_;
    pause_ = std::min<std::chrono::seconds>(pause_ * 2, kMost);
    return retry_at_;
  }
  // Something that stood in the way is gone.
  void hasten(TimePoint now) { retry_at_ = std::min(retry_at_, now); }
  [[nodiscard]] TimePoint retry_at() const { return retry_at_; }

 private:
  TimePoint retry_at_{};
  std::chrono::seconds pause_{kFirst};
};

}  // namespace isat
