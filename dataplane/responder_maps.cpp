// SPDX-License-Identifier: Apache-2.0
// Creates, opens and pins the responder's maps, and fingerprints their layout.
#include "dataplane/responder_maps.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <bit>
#include <cstdarg>
#include <memory>

#include "dataplane/page_arrays.h"
#include "dataplane/responder_object.h"

namespace isat {
namespace {

constexpr const char* kLayout = "layout";
// A page's announcements are counted side by side (slot_space.h).
constexpr std::uint32_t kSlotsAtOnce = ANNOUNCED_PAGE_SIZE;

Result<FileDescriptor> create_layout(std::uint64_t fingerprint) {
  FileDescriptor map(bpf_map_create(BPF_MAP_TYPE_ARRAY, kLayout, sizeof(std::uint32_t),
                                    sizeof fingerprint, 1, nullptr));
  if (!map.valid()) return fail_errno("create map", kLayout);
  const std::uint32_t zero = 0;
  if (bpf_map_update_elem(map.get(), &zero, &fingerprint, BPF_ANY) != 0) {
    return fail_errno("write map", kLayout);
  }
  return map;
}

// FNV-1a (64 bit): a name for a text, stable over builds; std::hash promises no such thing.
std::uint64_t fingerprint_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return hash;
}

// Whoever reads a map per CPU sizes its buffer by this number, which libbpf takes from sysfs, once.
Result<void> count_processors() {
  const int count = libbpf_num_possible_cpus();
  if (count > 0) return {};
  return fail("read /sys/devices/system/cpu/possible: " + std::system_category().message(-count) +
                  "; mount sysfs on /sys",
              -count);
}

void append_text(void* text, const char* format, va_list arguments) {
  char line[512];
  vsnprintf(line, sizeof line, format, arguments);
  static_cast<std::string*>(text)->append(line);
}

}  // namespace

const std::vector<std::string>& ResponderMaps::names() {
  static const std::vector<std::string> all = {
      "announced_v4", "announced_v6", "pages_v4",  "pages_v6",      "grace",
      "deadline",     "outcomes",     "answered",  "answered_low",  "answered_before",
      "attached",     "yielded",      "events",    "event_limits",  "taps",
      "frame_taps",   "samplers",     "scratches", "watched_until", kLayout};
  return all;
}

Result<std::uint64_t> ResponderMaps::layout(std::uint32_t capacity) {
  auto object = ResponderObject::open();
  if (!object) return tl::unexpected(object.error());
  object->set_capacity(capacity);
  const struct btf* types = bpf_object__btf(object->get());
  std::string text;
  const std::unique_ptr<btf_dump, decltype(&btf_dump__free)> dump(
      btf_dump__new(types, append_text, &text, nullptr), btf_dump__free);
  if (!dump) return fail_errno("read BTF of", "the responder");
  struct bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object->get()) {
    if (bpf_map__is_internal(map)) continue;
    text += std::string(bpf_map__name(map)) + " " + std::to_string(bpf_map__type(map)) + " " +
            std::to_string(bpf_map__key_size(map)) + " " +
            std::to_string(bpf_map__value_size(map)) + " " +
            std::to_string(bpf_map__max_entries(map)) + "\n";
    for (const std::uint32_t type :
         {bpf_map__btf_key_type_id(map), bpf_map__btf_value_type_id(map)}) {
      if (type != 0) btf_dump__dump_type(dump.get(), type);
    }
  }
  return fingerprint_of(text);
}

Result<ResponderMaps> ResponderMaps::create(std::uint32_t capacity) {
  if (auto counted = count_processors(); !counted) return tl::unexpected(counted.error());
  const auto fingerprint = layout(capacity);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  auto object = ResponderObject::open();
  if (!object) return tl::unexpected(object.error());
  object->set_capacity(capacity);
  if (auto loaded = object->load(); !loaded) return tl::unexpected(loaded.error());

  ResponderMaps maps;
  struct bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object->get()) {
    if (bpf_map__is_internal(map)) continue;
    FileDescriptor copy(::fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0));
    if (!copy.valid()) return fail_errno("keep map", bpf_map__name(map));
    maps.maps_.emplace(bpf_map__name(map), std::move(copy));
  }
  if (auto cleared = PageArrays::clear(maps); !cleared) return tl::unexpected(cleared.error());
  auto stamp = create_layout(*fingerprint);
  if (!stamp) return tl::unexpected(stamp.error());
  maps.maps_.emplace(kLayout, std::move(*stamp));
  return maps;
}

Result<ResponderMaps> ResponderMaps::open(const std::string& directory) {
  if (auto counted = count_processors(); !counted) return tl::unexpected(counted.error());
  ResponderMaps maps;
  for (const auto& name : names()) {
    const auto path = std::string(directory).append("/").append(name);
    FileDescriptor map(bpf_obj_get(path.c_str()));
    if (!map.valid()) return fail_errno("open pinned map", path);
    maps.maps_.emplace(name, std::move(map));
  }
  return maps;
}

Result<void> ResponderMaps::pin(const std::string& directory) const {
  for (const auto& [name, map] : maps_) {
    const auto path = std::string(directory).append("/").append(name);
    if (bpf_obj_pin(map.get(), path.c_str()) != 0) return fail_errno("pin map", path);
  }
  return {};
}

int ResponderMaps::descriptor(const std::string& name) const {
  const auto found = maps_.find(name);
  return found == maps_.end() ? -1 : found->second.get();
}

Result<std::uint64_t> ResponderMaps::pinned_layout() const {
  const std::uint32_t zero = 0;
  std::uint64_t fingerprint = 0;
  if (bpf_map_lookup_elem(descriptor(kLayout), &zero, &fingerprint) != 0) {
    return fail_errno("read map", kLayout);
  }
  return fingerprint;
}

std::uint32_t ResponderMaps::slots(std::uint32_t capacity) {
  return (3 * capacity + kSlotsAtOnce - 1) / kSlotsAtOnce * kSlotsAtOnce;
}

std::uint32_t ResponderMaps::pages(std::uint32_t capacity) {
  return std::bit_ceil(4 * capacity);
}

Result<std::uint32_t> ResponderMaps::capacity() const {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(descriptor("announced_v4"), &info, &size) != 0) {
    return fail_errno("read size of map", "announced_v4");
  }
  return info.max_entries;
}

}  // namespace isat
