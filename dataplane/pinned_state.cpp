// SPDX-License-Identifier: Apache-2.0
// Reads pinned maps and links, and changes none.
#include "dataplane/pinned_state.h"

#include <bpf/bpf.h>

#include <algorithm>

#include "dataplane/announced_maps.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/foreign_programs.h"
#include "dataplane/hook_attachment.h"
#include "dataplane/xdp_data_plane.h"

namespace isat {
namespace {

AttachMode from_abi(std::uint32_t mode) {
  return mode == ATTACHED_NATIVE    ? AttachMode::kNative
         : mode == ATTACHED_GENERIC ? AttachMode::kGeneric
                                    : AttachMode::kTc;
}

struct PinnedHook {
  bool alive = false;
  std::uint32_t program = 0;  // 0 = unknown
};

// A link that lost its interface says that it sits on number zero. A clsact filter has no link: its
// program is pinned, and the kernel is asked whether that still is the filter.
PinnedHook hook_of(const std::string& directory, InterfaceIndex interface) {
  const auto number = std::to_string(interface);
  for (const char* prefix : {"/xdp_", "/tcx_"}) {
    const auto path = std::string(directory).append(prefix).append(number);
    const FileDescriptor link(bpf_obj_get(path.c_str()));
    bpf_link_info info{};
    std::uint32_t size = sizeof info;
    if (link.valid() && bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0) {
      return {info.xdp.ifindex != 0, info.prog_id};
    }
  }
  const FileDescriptor program(bpf_obj_get((directory + "/tc_" + number).c_str()));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  const bool known = program.valid() && bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0;
  return {known && FilterAttachment::runs(info.id, interface), known ? info.id : 0};
}

Result<std::vector<PinnedAttachment>> read_attachments(const ResponderMaps& maps,
                                                       const std::string& directory) {
  std::vector<PinnedAttachment> found;
  for (std::uint32_t slot = 0; slot < INTERFACE_SLOTS; slot++) {
    struct attached row {};
    if (bpf_map_lookup_elem(maps.descriptor("attached"), &slot, &row) != 0) {
      return fail_errno("read map", "attached");
    }
    if (row.ifindex == 0) continue;
    const auto hook = hook_of(directory, row.ifindex);
    Attachment attachment{row.ifindex, row.name, from_abi(row.mode), row.reason, slot};
    if (attachment.mode == AttachMode::kTc && hook.program != 0) {
      // What cannot be asked here is not worth failing for.
      attachment.ahead =
          ahead_at_tc(row.ifindex, hook.program).value_or(std::vector<std::string>{});
    }
    found.push_back({std::move(attachment), hook.alive});
  }
  return found;
}

}  // namespace

Result<ResponderMaps> open_pinned_maps(const std::string& directory) {
  auto maps = ResponderMaps::open(directory);
  if (!maps) {
    const int code = maps.error().code;
    if (code == ENOENT) {
      return fail("read " + directory +
                      ": isat is not set up there; start it with `isat run`, or name "
                      "its directory with --pin",
                  code);
    }
    const bool refused = code == EPERM || code == EACCES;
    return fail(maps.error().message + (refused ? "; run as root" : ""), code);
  }
  const auto capacity = maps->capacity();
  if (!capacity) return tl::unexpected(capacity.error());
  const auto ours = ResponderMaps::layout(*capacity);
  if (!ours) return tl::unexpected(ours.error());
  const auto theirs = maps->pinned_layout();
  if (!theirs) return tl::unexpected(theirs.error());
  if (*ours != *theirs) {
    return fail(
        "read " + directory + ": pinned by another build of isat; use the `isat` that runs there",
        EINVAL);
  }
  return maps;
}

Result<PinnedState> read_pinned_state(const std::string& directory) {
  const auto maps = open_pinned_maps(directory);
  if (!maps) return tl::unexpected(maps.error());
  PinnedState state;
  state.capacity = *maps->capacity();

  const std::uint32_t zero = 0;
  std::uint64_t deadline = 0;
  if (bpf_map_lookup_elem(maps->descriptor("deadline"), &zero, &deadline) != 0) {
    return fail_errno("read map", "deadline");
  }
  state.deadline = BootTime(deadline);

  auto attachments = read_attachments(*maps, directory);
  if (!attachments) return tl::unexpected(attachments.error());
  state.attachments = std::move(*attachments);

  const auto announced = AnnouncedMaps::open(*maps);
  if (!announced) return tl::unexpected(announced.error());
  auto announcements = announced->all();
  if (!announcements) return tl::unexpected(announcements.error());
  state.announcements = std::move(*announcements);
  std::sort(state.announcements.begin(), state.announcements.end(),
            [](const auto& a, const auto& b) { return a.announcement.key < b.announcement.key; });

  auto outcomes = read_outcomes(*maps);
  if (!outcomes) return tl::unexpected(outcomes.error());
  state.outcomes = std::move(*outcomes);
  return state;
}

}  // namespace isat
