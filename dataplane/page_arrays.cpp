// SPDX-License-Identifier: Apache-2.0
// The maps pages_v4 and pages_v6, mapped into this process.
#include "dataplane/page_arrays.h"

#include <bpf/bpf.h>

namespace isat {
namespace {

// A write to a map of maps returns when every program that might still use what was there has ended
// (maybe_wait_bpf_programs() in kernel/bpf/syscall.c). membarrier(2) would wait likewise, but not
// on a kernel with nohz_full.
Result<void> wait_for_programs(int grace) {
  const FileDescriptor nothing(bpf_map_create(BPF_MAP_TYPE_ARRAY, "nothing", sizeof(std::uint32_t),
                                              sizeof(std::uint32_t), 1, nullptr));
  if (!nothing.valid()) return fail_errno("create map", "nothing");
  const std::uint32_t zero = 0;
  const int value = nothing.get();
  if (bpf_map_update_elem(grace, &zero, &value, BPF_ANY) == 0) return {};
  return fail_errno("write map", "grace");
}

template <typename Placed>
Result<MappedArray<Placed>> open_array(const ResponderMaps& maps, const char* name) {
  const auto capacity = maps.capacity();
  if (!capacity) return tl::unexpected(capacity.error());
  return MappedArray<Placed>::open(maps.descriptor(name), ResponderMaps::pages(*capacity), name);
}

}  // namespace

Result<void> PageArrays::clear(const ResponderMaps& maps) {
  const auto arrays = open(maps);
  if (!arrays) return tl::unexpected(arrays.error());
  PlacedPages<placed_v4>::clear(arrays->memory_v4_.elements());
  PlacedPages<placed_v6>::clear(arrays->memory_v6_.elements());
  return {};
}

Result<PageArrays> PageArrays::open(const ResponderMaps& maps) {
  auto v4 = open_array<placed_v4>(maps, "pages_v4");
  if (!v4) return tl::unexpected(v4.error());
  auto v6 = open_array<placed_v6>(maps, "pages_v6");
  if (!v6) return tl::unexpected(v6.error());
  PageArrays result;
  result.memory_v4_ = std::move(*v4);
  result.memory_v6_ = std::move(*v6);
  const auto grace = [map = maps.descriptor("grace")] { return wait_for_programs(map); };
  result.v4_ = {result.memory_v4_.elements(), grace};
  result.v6_ = {result.memory_v6_.elements(), grace};
  return result;
}

announced_page PageArrays::find(const PageKey& key) const {
  return key.family == Family::kIpv4 ? v4_.find(key.as<announced_v4_key>())
                                     : v6_.find(key.as<announced_v6_key>());
}

Result<void> PageArrays::put(const PageKey& key, const announced_page& page) {
  return key.family == Family::kIpv4 ? v4_.put(key.as<announced_v4_key>(), page)
                                     : v6_.put(key.as<announced_v6_key>(), page);
}

void PageArrays::erase(const PageKey& key) {
  if (key.family == Family::kIpv4) {
    v4_.erase(key.as<announced_v4_key>());
  } else {
    v6_.erase(key.as<announced_v6_key>());
  }
}

void PageArrays::retain(const std::function<bool(const PageKey& key)>& wanted) {
  v4_.retain([&](const auto& key) { return wanted(PageKey::of(Family::kIpv4, key)); });
  v6_.retain([&](const auto& key) { return wanted(PageKey::of(Family::kIpv6, key)); });
}

}  // namespace isat
