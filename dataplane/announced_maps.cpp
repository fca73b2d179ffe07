// SPDX-License-Identifier: Apache-2.0
// Typed access to the announcements in the kernel.
#include "dataplane/announced_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstring>
#include <set>

namespace isat {
namespace {

// A key as the kernel hashes it: 8 or 20 bytes, all of them ours.
struct RawKey {
  alignas(4) std::array<std::uint8_t, sizeof(announced_v6_key)> bytes{};
};

RawKey raw(const AnnouncementKey& key) {
  RawKey result;
  const auto address = key.address.bytes();
  std::memcpy(result.bytes.data(), address.data(), address.size());
  std::memcpy(result.bytes.data() + address.size(), &key.interface, sizeof key.interface);
  return result;
}

AnnouncementKey cooked(const RawKey& key, Family family) {
  std::array<std::uint8_t, 4> v4{};
  std::array<std::uint8_t, 16> v6{};
  InterfaceIndex interface = 0;
  const bool is_v4 = family == Family::kIpv4;
  const std::size_t length = is_v4 ? v4.size() : v6.size();
  std::memcpy(is_v4 ? v4.data() : v6.data(), key.bytes.data(), length);
  std::memcpy(&interface, key.bytes.data() + length, sizeof interface);
  return {is_v4 ? Address::v4(v4) : Address::v6(v6), interface};
}

std::string name_of(const AnnouncementKey& key) {
  return key.address.to_string() + " on interface " + std::to_string(key.interface);
}

tl::unexpected<Error> full(const std::string& name, std::uint32_t capacity) {
  return fail("announce " + name + ": the map is full at " + std::to_string(capacity) +
                  " announcements per family; raise `capacity`",
              ENOSPC);
}

// Calls visit(key, value) for every entry; the key is a copy.
template <typename Visit>
Result<void> for_each(int map, Family family, Visit visit) {
  RawKey previous;
  const void* position = nullptr;
  for (RawKey next; bpf_map_get_next_key(map, position, next.bytes.data()) == 0;) {
    previous = next;
    position = previous.bytes.data();
    struct announced value {};
    if (bpf_map_lookup_elem(map, next.bytes.data(), &value) != 0) {
      if (errno == ENOENT) continue;  // gone between the two calls
      return fail_errno("read announcement", name_of(cooked(next, family)));
    }
    if (auto visited = visit(cooked(next, family), value); !visited) return visited;
  }
  if (errno != ENOENT) return fail_errno("list", "announcements");
  return {};
}

}  // namespace

Result<AnnouncedMaps> AnnouncedMaps::open(const ResponderMaps& maps) {
  AnnouncedMaps result(maps);
  const auto capacity = maps.capacity();
  if (!capacity) return tl::unexpected(capacity.error());
  result.capacity_ = *capacity;

  std::set<std::uint32_t> taken;
  for (const auto family : {Family::kIpv4, Family::kIpv6}) {
    const int map = maps.descriptor(family == Family::kIpv4 ? "announced_v4" : "announced_v6");
    auto read = for_each(map, family, [&](const AnnouncementKey&, const struct announced& value) {
      taken.insert(value.slot);
      return Result<void>{};
    });
    if (!read) return tl::unexpected(read.error());
  }
  result.slots_used_ = taken.empty() ? 0 : *taken.rbegin() + 1;
  for (std::uint32_t slot = 0; slot < result.slots_used_; slot++) {
    if (!taken.contains(slot)) result.free_slots_.push_back(slot);
  }
  return result;
}

int AnnouncedMaps::map_of(const Address& address) const {
  return maps_->descriptor(address.is_v4() ? "announced_v4" : "announced_v6");
}

Result<std::optional<struct announced>> AnnouncedMaps::find(const AnnouncementKey& key) const {
  struct announced value {};
  if (bpf_map_lookup_elem(map_of(key.address), raw(key).bytes.data(), &value) == 0) return value;
  if (errno == ENOENT) return std::nullopt;
  return fail_errno("look up", name_of(key));
}

Result<std::uint32_t> AnnouncedMaps::take_slot() {
  std::uint32_t slot = slots_used_;
  if (free_slots_.empty()) {
    if (slots_used_ == 2 * capacity_) return full("another address", capacity_);
    slots_used_++;
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  const std::vector<std::uint64_t> zeros(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  const struct event_limit no_limit {};
  if (bpf_map_update_elem(maps_->descriptor("answered"), &slot, zeros.data(), BPF_ANY) != 0 ||
      bpf_map_update_elem(maps_->descriptor("event_limits"), &slot, &no_limit, BPF_ANY) != 0) {
    const int code = errno;
    free_slots_.push_back(slot);
    return fail_errno("clear counters of slot", std::to_string(slot), code);
  }
  return slot;
}

Result<void> AnnouncedMaps::announce(const Announcement& announcement) {
  const auto present = find(announcement.key);
  if (!present) return tl::unexpected(present.error());
  const auto slot = *present ? Result<std::uint32_t>((*present)->slot) : take_slot();
  if (!slot) return tl::unexpected(slot.error());

  struct announced value {};
  std::memcpy(value.mac, announcement.mac.bytes.data(), sizeof value.mac);
  value.slot = *slot;
  if (bpf_map_update_elem(map_of(announcement.key.address), raw(announcement.key).bytes.data(),
                          &value, BPF_ANY) == 0) {
    return {};
  }
  const int code = errno;
  if (!*present) free_slots_.push_back(*slot);
  if (code == E2BIG) return full(name_of(announcement.key), capacity_);
  return fail_errno("announce", name_of(announcement.key), code);
}

Result<void> AnnouncedMaps::withdraw(const AnnouncementKey& key) {
  const auto present = find(key);
  if (!present) return tl::unexpected(present.error());
  if (!*present) return {};
  if (bpf_map_delete_elem(map_of(key.address), raw(key).bytes.data()) != 0 && errno != ENOENT) {
    return fail_errno("withdraw", name_of(key));
  }
  free_slots_.push_back((*present)->slot);
  return {};
}

Result<std::uint64_t> AnnouncedMaps::answered(std::uint32_t slot) const {
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  if (bpf_map_lookup_elem(maps_->descriptor("answered"), &slot, per_cpu.data()) != 0) {
    return fail_errno("read answered count of slot", std::to_string(slot));
  }
  std::uint64_t sum = 0;
  for (const auto count : per_cpu) sum += count;
  return sum;
}

Result<std::vector<ActualAnnouncement>> AnnouncedMaps::all() const {
  std::vector<ActualAnnouncement> found;
  for (const auto family : {Family::kIpv4, Family::kIpv6}) {
    const int map = maps_->descriptor(family == Family::kIpv4 ? "announced_v4" : "announced_v6");
    auto read = for_each(
        map, family,
        [&](const AnnouncementKey& key, const struct announced& value) -> Result<void> {
          const auto count = answered(value.slot);
          if (!count) return tl::unexpected(count.error());
          ActualAnnouncement actual{{key, {}}, (value.flags & ANNOUNCED_YIELDED) != 0, *count};
          std::memcpy(actual.announcement.mac.bytes.data(), value.mac, sizeof value.mac);
          found.push_back(actual);
          return {};
        });
    if (!read) return tl::unexpected(read.error());
  }
  return found;
}

}  // namespace isat
