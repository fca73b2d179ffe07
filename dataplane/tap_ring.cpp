// SPDX-License-Identifier: Apache-2.0
// Inserts a ring into the array of taps, keeps it there and takes it out.
#include "dataplane/tap_ring.h"

#include <bpf/bpf.h>

#include <array>

#include "dataplane/pinned_state.h"

namespace isat {
namespace {

constexpr std::uint32_t kRingSize = 256 * 1024;  // bytes; as the rings declared in bpf/maps.bpf.h

Result<std::uint32_t> id_of(int map) {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(map, &info, &size) != 0) return fail_errno("read id of map", "tap");
  return info.id;
}

// The ids of the rings in the array, 0 = free. An id only grows: the smallest is the oldest ring.
std::array<std::uint32_t, TAP_SLOTS> rings_in(int taps) {
  std::array<std::uint32_t, TAP_SLOTS> ids{};
  for (std::uint32_t slot = 0; slot < ids.size(); slot++) {
    if (bpf_map_lookup_elem(taps, &slot, &ids[slot]) != 0) ids[slot] = 0;
  }
  return ids;
}

// A free one, or that of the oldest ring. Those that start at once have ids in a row: each begins
// its search at another place.
std::uint32_t best_slot(const std::array<std::uint32_t, TAP_SLOTS>& ids, std::uint32_t own) {
  std::uint32_t best = own % TAP_SLOTS;
  for (std::uint32_t i = 1; i < ids.size(); i++) {
    const auto slot = (own + i) % TAP_SLOTS;
    if (ids[slot] < ids[best]) best = slot;
  }
  return best;
}

}  // namespace

Result<std::unique_ptr<TapRing>> TapRing::open(const std::string& pin, const std::string& array) {
  std::unique_ptr<TapRing> tap(new TapRing(pin, array));
  if (auto created = tap->create(); !created) return tl::unexpected(created.error());
  if (auto inserted = tap->insert(); !inserted) return tl::unexpected(inserted.error());
  return tap;
}

Result<void> TapRing::create() {
  map_ = FileDescriptor(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "tap", 0, 0, kRingSize, nullptr));
  if (!map_.valid() && errno == EPERM) {
    return fail("create map tap: not permitted; run as root or with CAP_BPF", EPERM);
  }
  if (!map_.valid()) return fail_errno("create map", "tap");
  const auto id = id_of(map_.get());
  if (!id) return tl::unexpected(id.error());
  map_id_ = *id;
  return {};
}

Result<void> TapRing::insert() {
  const auto maps = open_pinned_maps(pin_);
  if (!maps) return tl::unexpected(maps.error());
  taps_ = FileDescriptor(bpf_obj_get(array_.c_str()));
  if (!taps_.valid()) return fail_errno("open pinned map", array_);
  const auto id = id_of(taps_.get());
  if (!id) return tl::unexpected(id.error());
  taps_id_ = *id;
  return take_place();
}

// No update of an array of maps says "only if free": of two that start at once and pick the same
// place the later one has it, and the other learns it in keep().
Result<void> TapRing::take_place() {
  slot_ = best_slot(rings_in(taps_.get()), map_id_);
  const int ring = map_.get();
  if (bpf_map_update_elem(taps_.get(), &slot_, &ring, BPF_ANY) != 0) {
    return fail_errno("insert a ring into", array_);
  }
  return {};
}

TapRing::~TapRing() {
  if (taps_.valid() && rings_in(taps_.get())[slot_] == map_id_) {
    bpf_map_delete_elem(taps_.get(), &slot_);
  }
}

Result<void> TapRing::keep() {
  const FileDescriptor now(bpf_obj_get(array_.c_str()));
  if (!now.valid()) return fail_errno("keep a place in", array_);
  const auto id = id_of(now.get());
  if (!id) return tl::unexpected(id.error());
  if (*id != taps_id_) return insert();
  const auto rings = rings_in(now.get());
  if (rings[slot_] == map_id_) return {};
  if (rings[best_slot(rings, map_id_)] < map_id_) return take_place();
  return fail("keep a place in " + array_ +
                  ": newer ones of `isat watch` took all places; at most " +
                  std::to_string(TAP_SLOTS) + " run at once",
              EBUSY);
}

}  // namespace isat
