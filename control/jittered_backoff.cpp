// SPDX-License-Identifier: Apache-2.0
// How long to wait before asking a server again that many others ask too.
#include "control/jittered_backoff.h"

#include <algorithm>
#include <random>
#include <utility>

namespace isat {

Random seeded_random() {
  return [engine = std::mt19937(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

JitteredBackoff::JitteredBackoff(std::chrono::milliseconds base, std::chrono::milliseconds cap,
                                 Random random)
    : base_(base), cap_(cap), pause_(base), random_(std::move(random)) {}

std::chrono::milliseconds JitteredBackoff::next() {
  const auto pause = std::exchange(pause_, std::min(pause_ * 2, cap_));
  const auto count = static_cast<double>(pause.count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(count * (0.5 + 0.5 * random_())));
}

}  // namespace isat
