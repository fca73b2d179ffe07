// SPDX-License-Identifier: Apache-2.0
// Frames nobody would send: random ones, and the table's rows bent until they break.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "tests/fuzz/trial.h"

namespace isat::fuzz {

class Mutator {
 public:
  Mutator();

  // The same number, the same trial: a failure is repeated by its number alone. 14 to 2048 bytes,
  // and no hidden tag: what the kernel takes.
  [[nodiscard]] Trial trial(std::uint64_t number) const;

 private:
  using Random = std::mt19937_64;

  [[nodiscard]] const frames::Frame& any_row(Random& random) const;
  [[nodiscard]] frames::Frame random_frame(Random& random) const;
  void bend(frames::Frame& frame, Random& random) const;

  std::vector<frames::Frame> rows_;
};

}  // namespace isat::fuzz
