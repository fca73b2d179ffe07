// SPDX-License-Identifier: Apache-2.0
// Who watches frames now.
#include "dataplane/frame_watchers.h"

#include <bpf/bpf.h>

namespace isat {

Result<bool> frames_are_watched(const ResponderMaps& maps, BootTime now) {
  bool watched = false;
  const int times = maps.descriptor("watched_until");
  for (std::uint32_t slot = 0; slot < TAP_SLOTS; slot++) {
    std::uint64_t until = 0;
    if (bpf_map_lookup_elem(times, &slot, &until) != 0) {
      return fail_errno("read map", "watched_until");
    }
    if (until == 0) continue;
    if (until > now.count()) {
      watched = true;
      continue;
    }
    const std::uint64_t nobody = 0;
    if (bpf_map_delete_elem(maps.descriptor("frame_taps"), &slot) != 0 && errno != ENOENT) {
      return fail_errno("take a dead watcher's ring out of", "frame_taps");
    }
    if (bpf_map_update_elem(times, &slot, &nobody, BPF_ANY) != 0) {
      return fail_errno("write map", "watched_until");
    }
  }
  return watched;
}

}  // namespace isat
