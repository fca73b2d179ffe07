// SPDX-License-Identifier: Apache-2.0
// How long to wait before asking a server again that many others ask too.
#pragma once

#include <chrono>
#include <functional>

namespace isat {

// Uniform in [0, 1).
using Random = std::function<double()>;
[[nodiscard]] Random seeded_random();  // of the kernel's entropy

// The pause doubles from `base` up to `cap`; each is then drawn from its upper half, so that a
// fleet whose server came back does not return in step, and nobody returns at once.
class JitteredBackoff {
 public:
  JitteredBackoff(std::chrono::milliseconds base, std::chrono::milliseconds cap, Random random);

  [[nodiscard]] std::chrono::milliseconds next();
  void reset() { pause_ = base_; }

 private:
  std::chrono::milliseconds base_;
  std::chrono::milliseconds cap_;
  std::chrono::milliseconds pause_;
  Random random_;
};

}  // namespace isat
