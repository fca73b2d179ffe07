// SPDX-License-Identifier: Apache-2.0
// Keeps a flood on the wire from becoming a flood in the log: so many lines a period, the rest
// counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace isat {

class LogLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kLines = 10;
  static constexpr std::chrono::seconds kPeriod{10};

  // Nothing: keep this line back. Otherwise write it, and say how many were kept back before it.
  std::optional<std::size_t> admit(TimePoint now) {
    if (!started_ || now - *started_ >= kPeriod) {
      started_ = now;
      written_ = 0;
    }
    if (written_ == kLines) {
      ++kept_back_;
      return std::nullopt;
    }
    ++written_;
    const auto before = kept_back_;
    kept_back_ = 0;
    return before;
  }

 private:
  std::optional<TimePoint> started_;
  std::size_t written_ = 0;
  std::size_t kept_back_ = 0;
};

}  // namespace isat
