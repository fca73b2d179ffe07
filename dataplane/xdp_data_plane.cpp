// SPDX-License-Identifier: Apache-2.0
// Pinned maps, adopted or replaced without a gap; the programs follow them.
#include "dataplane/xdp_data_plane.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "dataplane/frame_watchers.h"

namespace isat {
namespace {

// Where the next set of maps waits, pinned, until it takes the place of the old.
constexpr const char* kNext = "next";

// A set of maps may be incomplete, or another build's with maps that have other names; what sits on
// a hook answers from it all the same.
bool somebody_answers(const PinDirectory& pins) {
  return !pins.hooks().empty();
}

// Another build's, further ones than ours: once its set is replaced nobody else would remove them.
// A hook's pin is no map, and the mark of a drain no file.
Result<void> remove_further_maps(const PinDirectory& pins) {
  auto kept = pins.hooks();
  kept.insert(kept.end(), ResponderMaps::names().begin(), ResponderMaps::names().end());
  for (const auto& name : pins.names()) {
    if (std::find(kept.begin(), kept.end(), name) != kept.end() ||
        std::filesystem::is_directory(pins.path(name)))
      continue;
    if (auto removed = pins.remove(name); !removed) return removed;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<XdpDataPlane>> XdpDataPlane::open(const XdpSettings& settings) {
  auto pins = PinDirectory::lock(settings.pin);
  if (!pins) return tl::unexpected(pins.error());
  std::unique_ptr<XdpDataPlane> plane(new XdpDataPlane(std::move(*pins), settings.policy));
  if (auto ready = plane->adopt_or_create(settings.capacity); !ready) {
    ::rmdir(settings.pin.c_str());  // what holds pins stays; nothing else is to be left behind
    return tl::unexpected(ready.error());
  }
  return plane;
}

Result<void> XdpDataPlane::adopt_or_create(std::uint32_t capacity) {
  // A speaker that died between building the next set and switching to it leaves it behind.
  if (auto cleared = pins_.remove(kNext); !cleared) return cleared;
  const auto layout = ResponderMaps::layout(capacity);
  if (!layout) return tl::unexpected(layout.error());

  auto pinned = ResponderMaps::open(pins_.path());
  const bool same = pinned && pinned->pinned_layout() == *layout;
  if (same) {
    maps_ = std::move(*pinned);
  } else {
    auto created = ResponderMaps::create(capacity);
    if (!created) return tl::unexpected(created.error());
    maps_ = std::move(*created);
  }
  replacing_ = !same && somebody_answers(pins_);
  if (replacing_) {
    if (::mkdir(pins_.path(kNext).c_str(), 0700) != 0) return fail_errno("make", pins_.path(kNext));
    if (auto kept = maps_.pin(pins_.path(kNext)); !kept) return kept;
  } else if (!same) {
    // What is there is of no use to anybody, and makes room.
    for (const auto& name : ResponderMaps::names()) {
      if (auto removed = pins_.remove(name); !removed) return removed;
    }
    if (auto kept = maps_.pin(pins_.path()); !kept) return kept;
  }
  auto announced = AnnouncedMaps::take_over(maps_);
  if (!announced) return tl::unexpected(announced.error());
  announced_ = std::move(*announced);
  // Rows of another layout cannot be read; the pins themselves tell enough.
  return attachments_.adopt(maps_);
}

Result<void> XdpDataPlane::commit() {
  if (!replacing_) return {};
  // From here on, interface by interface, the new maps answer.
  if (auto used = attachments_.use(maps_); !used) return used;
  // Without a layout until all have moved: cut short, a mixture would look like the old set.
  if (auto removed = pins_.remove(ResponderMaps::names().back()); !removed) return removed;
  const auto& names = ResponderMaps::names();
  for (; moved_ < names.size(); ++moved_) {
    const auto next = pins_.path(std::string(kNext) + "/" + names[moved_]);
    if (std::rename(next.c_str(), pins_.path(names[moved_]).c_str()) != 0)
      return fail_errno("move pin", next);
  }
  replacing_ = false;
  if (auto removed = pins_.remove(kNext); !removed) return removed;
  return remove_further_maps(pins_);
}

Result<void> XdpDataPlane::announce(const Announcement& announcement) {
  return announced_->announce(announcement);
}

Result<void> XdpDataPlane::withdraw(const AnnouncementKey& key) {
  return announced_->withdraw(key);
}

Result<void> XdpDataPlane::told(const AnnouncementKey& key) {
  return announced_->told(key);
}

Result<std::vector<ActualAnnouncement>> XdpDataPlane::announcements() const {
  return announced_->all();
}

Result<void> XdpDataPlane::vouch_until(BootTime deadline) {
  const std::uint32_t zero = 0;
  const std::uint64_t until = deadline.count();
  if (bpf_map_update_elem(maps_.descriptor("deadline"), &zero, &until, BPF_ANY) != 0) {
    return fail_errno("write map", "deadline");
  }
  return {};
}

Result<BootTime> XdpDataPlane::vouched_until() const {
  const std::uint32_t zero = 0;
  std::uint64_t until = 0;
  if (bpf_map_lookup_elem(maps_.descriptor("deadline"), &zero, &until) != 0) {
    return fail_errno("read map", "deadline");
  }
  return BootTime(until);
}

Result<Attachment> XdpDataPlane::attach(const Interface& interface, AttachMode mode) {
  return attachments_.attach(interface, mode, maps_, replacing_);
}

Result<void> XdpDataPlane::detach(InterfaceIndex interface) {
  return attachments_.detach(interface, maps_);
}

std::vector<Attachment> XdpDataPlane::attachments() const {
  return attachments_.all();
}

Result<void> XdpDataPlane::follow_watchers(BootTime now) {
  const auto watched = frames_are_watched(maps_, now);
  if (!watched) return tl::unexpected(watched.error());
  return attachments_.show_frames(*watched, maps_);
}

Result<std::vector<InterfaceOutcomes>> XdpDataPlane::outcomes() const {
  return read_outcomes(maps_);
}

Result<std::vector<InterfaceOutcomes>> read_outcomes(const ResponderMaps& maps) {
  std::vector<InterfaceOutcomes> all;
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (std::uint32_t slot = 0; slot < INTERFACE_SLOTS; slot++) {
    struct attached row {};
    if (bpf_map_lookup_elem(maps.descriptor("attached"), &slot, &row) != 0) {
      return fail_errno("read map", "attached");
    }
    if (row.ifindex == 0) continue;
    InterfaceOutcomes found{row.ifindex, row.name, {}};
    for (std::uint32_t i = 0; i < OUTCOMES_PER_SLOT; i++) {
      const std::uint32_t index = slot * OUTCOMES_PER_SLOT + i;
      if (bpf_map_lookup_elem(maps.descriptor("outcomes"), &index, per_cpu.data()) != 0) {
        return fail_errno("read map", "outcomes");
      }
      auto& count = found.counts[i / OUTCOME_COUNT][i % OUTCOME_COUNT];
      for (const auto frames : per_cpu) count += frames;
    }
    all.push_back(std::move(found));
  }
  return all;
}

}  // namespace isat
