// SPDX-License-Identifier: Apache-2.0
// What the responder says of an announcement, by its slot: answered, yielded, event_limits.
#pragma once

#include <cstdint>

#include "dataplane/answered_counts.h"
#include "dataplane/responder_maps.h"

namespace isat {

class SlotRecords {
 public:
  // Borrows the maps.
  [[nodiscard]] static Result<SlotRecords> open(const ResponderMaps& maps);

  [[nodiscard]] std::uint64_t answered(std::uint32_t slot) const { return answered_.count(slot); }
  [[nodiscard]] Result<bool> yielded(std::uint32_t slot) const;
  [[nodiscard]] Result<void> set_yielded(std::uint32_t slot, bool yielded);

  // Of a slot that nobody is announced under.
  [[nodiscard]] Result<void> clear(std::uint32_t slot);
  // Likewise `to`.
  [[nodiscard]] Result<void> copy(std::uint32_t from, std::uint32_t to);

 private:
  explicit SlotRecords(const ResponderMaps& maps) : maps_(&maps) {}

  const ResponderMaps* maps_;
  AnsweredCounts answered_;
};

}  // namespace isat
