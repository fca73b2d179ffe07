// SPDX-License-Identifier: Apache-2.0
// The map `answered`: every CPU counts in a row of its own, by slot.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/mapped_array.h"

namespace isat {

class AnsweredCounts {
 public:
  AnsweredCounts() = default;
  // The map's descriptor may be closed afterwards.
  [[nodiscard]] static Result<AnsweredCounts> open(int map, std::uint32_t slots);

  [[nodiscard]] std::uint64_t count(std::uint32_t slot) const;  // over all CPUs
  // Of a slot that nobody is announced under.
  void clear(std::uint32_t slot);
  // Likewise `to`; what is counted meanwhile under `from` is lost.
  void copy(std::uint32_t from, std::uint32_t to);

 private:
  [[nodiscard]] std::uint64_t& at(std::size_t cpu, std::uint32_t slot) const {
    return counts_.elements()[cpu * slots_ + slot];
  }

  std::uint32_t cpus_ = 0, slots_ = 0;
  MappedArray<std::uint64_t> counts_;
};

}  // namespace isat
