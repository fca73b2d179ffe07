// SPDX-License-Identifier: Apache-2.0
// How many requests were answered under a slot: what every CPU counted, less what was there before.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/mapped_array.h"
#include "dataplane/responder_maps.h"

namespace isat {

class AnsweredCounts {
 public:
  AnsweredCounts() = default;
  // The maps' descriptors may be closed afterwards. `slots` are a multiple of ANSWERED_LOW_COUNTS.
  [[nodiscard]] static Result<AnsweredCounts> open(const ResponderMaps& maps, std::uint32_t slots);

  [[nodiscard]] std::uint64_t count(std::uint32_t slot) const;
  // Of a slot that nobody is announced under: it counts from zero.
  void clear(std::uint32_t slot);
  // Likewise `to`; what is counted meanwhile under `from` is lost.
  void copy(std::uint32_t from, std::uint32_t to);

 private:
  [[nodiscard]] std::uint64_t counted(std::size_t counter) const;  // by one CPU
  [[nodiscard]] std::uint64_t ever(std::uint32_t slot) const;      // by all of them

  std::uint32_t cpus_ = 0, slots_ = 0;
  MappedArray<std::uint64_t> answered_, low_, before_;
};

}  // namespace isat
