// SPDX-License-Identifier: Apache-2.0
// What the responder says of an announcement, by its slot.
#include "dataplane/slot_records.h"

#include <bpf/bpf.h>

#include "bpf/abi.h"

namespace isat {

Result<SlotRecords> SlotRecords::open(const ResponderMaps& maps) {
  const auto capacity = maps.capacity();
  if (!capacity) return tl::unexpected(capacity.error());
  auto answered = AnsweredCounts::open(maps, ResponderMaps::slots(*capacity));
  if (!answered) return tl::unexpected(answered.error());
  SlotRecords records(maps);
  records.answered_ = std::move(*answered);
  return records;
}

Result<bool> SlotRecords::yielded(std::uint32_t slot) const {
  std::uint32_t value = 0;
  if (bpf_map_lookup_elem(maps_->descriptor("yielded"), &slot, &value) == 0) return value != 0;
  return fail_errno("read yield of slot", std::to_string(slot));
}

Result<void> SlotRecords::set_yielded(std::uint32_t slot, bool yielded) {
  const std::uint32_t value = yielded;
  if (bpf_map_update_elem(maps_->descriptor("yielded"), &slot, &value, BPF_ANY) == 0) return {};
  return fail_errno("write yield of slot", std::to_string(slot));
}

Result<void> SlotRecords::clear(std::uint32_t slot) {
  answered_.clear(slot);
  const event_limit no_limit{};
  if (bpf_map_update_elem(maps_->descriptor("event_limits"), &slot, &no_limit, BPF_ANY) != 0) {
    return fail_errno("clear limits of slot", std::to_string(slot));
  }
  return set_yielded(slot, false);
}

Result<void> SlotRecords::copy(std::uint32_t from, std::uint32_t to) {
  answered_.copy(from, to);
  event_limit limit{};
  if (bpf_map_lookup_elem(maps_->descriptor("event_limits"), &from, &limit) != 0 ||
      bpf_map_update_elem(maps_->descriptor("event_limits"), &to, &limit, BPF_ANY) != 0) {
    return fail_errno("copy limits of slot", std::to_string(from));
  }
  const auto gave_up = yielded(from);
  if (!gave_up) return tl::unexpected(gave_up.error());
  return set_yielded(to, *gave_up);
}

}  // namespace isat
