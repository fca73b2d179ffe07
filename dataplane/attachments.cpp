// SPDX-License-Identifier: Apache-2.0
// Attaches, adopts, re-programs and detaches our programs, interface by interface.
#include "dataplane/attachments.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "dataplane/foreign_programs.h"
#include "dataplane/vlan_offload.h"

namespace isat {
namespace {

std::uint32_t to_abi(AttachMode mode) {
  return mode == AttachMode::kNative    ? ATTACHED_NATIVE
         : mode == AttachMode::kGeneric ? ATTACHED_GENERIC
                                        : ATTACHED_TC;
}

AttachMode xdp_mode(InterfaceIndex interface) {
  LIBBPF_OPTS(bpf_xdp_query_opts, options);
  const bool asked = bpf_xdp_query(static_cast<int>(interface), 0, &options) == 0;
  return asked && options.attach_mode == XDP_ATTACHED_SKB ? AttachMode::kGeneric
                                                          : AttachMode::kNative;
}

template <std::size_t N>
void copy_text(char (&to)[N], const std::string& text) {
  std::memset(to, 0, N);
  std::memcpy(to, text.data(), std::min(text.size(), N - 1));
}

Result<void> clear_counters(std::uint32_t slot, const ResponderMaps& maps) {
  const std::vector<std::uint64_t> zeros(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (std::uint32_t i = 0; i < OUTCOMES_PER_SLOT; i++) {
    const std::uint32_t index = slot * OUTCOMES_PER_SLOT + i;
    if (bpf_map_update_elem(maps.descriptor("outcomes"), &index, zeros.data(), BPF_ANY) != 0) {
      return fail_errno("clear counters of interface slot", std::to_string(slot));
    }
  }
  return {};
}

// The row an earlier speaker wrote about this interface; all zero when there is none.
Result<std::map<InterfaceIndex, std::pair<std::uint32_t, struct attached>>> rows_by_interface(
    const ResponderMaps& maps) {
  std::map<InterfaceIndex, std::pair<std::uint32_t, struct attached>> rows;
  for (std::uint32_t slot = 0; slot < INTERFACE_SLOTS; slot++) {
    struct attached row {};
    if (bpf_map_lookup_elem(maps.descriptor("attached"), &slot, &row) != 0) {
      return fail_errno("read map", "attached");
    }
    if (row.ifindex != 0) rows.emplace(row.ifindex, std::pair{slot, row});
  }
  return rows;
}

// The interface number in a pin's name, "xdp_7".
InterfaceIndex interface_of(const std::string& pin) {
  return static_cast<InterfaceIndex>(std::strtoul(pin.c_str() + pin.find('_') + 1, nullptr, 10));
}

}  // namespace

Result<void> Attachments::adopt(const ResponderMaps& maps) {
  auto rows = rows_by_interface(maps);
  if (!rows) return tl::unexpected(rows.error());
  // Those with a slot first, so that no other takes it.
  auto pins = pins_.hooks();
  std::stable_partition(pins.begin(), pins.end(),
                        [&](const std::string& pin) { return rows->contains(interface_of(pin)); });
  for (const auto& pin : pins) {
    const auto row = rows->find(interface_of(pin));
    const bool known = row != rows->end();
    const auto slot = known ? Result<std::uint32_t>(row->second.first) : free_slot();
    if (!slot) return tl::unexpected(slot.error());
    auto adopted = adopt_pin(pin, *slot, known ? row->second.second : attached{});
    if (!adopted) return adopted;
  }
  const struct attached free {};
  for (const auto& [interface, row] : *rows) {
    if (entries_.contains(interface)) continue;
    if (bpf_map_update_elem(maps.descriptor("attached"), &row.first, &free, BPF_ANY) != 0) {
      return fail_errno("write map", "attached");
    }
  }
  return {};
}

Result<void> Attachments::adopt_pin(const std::string& pin, std::uint32_t slot,
                                    const struct attached& row) {
  const auto interface = interface_of(pin);
  std::unique_ptr<HookAttachment> hook;
  if (pin.starts_with("tc_")) {
    hook = std::make_unique<FilterAttachment>(interface, row.owns_qdisc != 0, pins_);
  } else {
    auto link = LinkAttachment::adopt(pin, pins_);
    if (!link) return tl::unexpected(link.error());
    hook = std::move(*link);
  }
  // Links outlive their interfaces, pinned and dead. Two hooks on one interface: a change of mode
  // was cut short; the first goes on, the other goes.
  if (!hook->alive() || entries_.contains(interface)) return hook->remove();
  const auto mode = !pin.starts_with("xdp_") ? AttachMode::kTc : xdp_mode(interface);
  entries_.emplace(interface,
                   Entry{{interface, row.name, mode, row.reason, slot}, std::move(hook), false});
  return {};
}

Result<FileDescriptor> Attachments::load(const Attachment& attachment,
                                         const ResponderMaps& maps) const {
  return ResponderObject::load_program(attachment.mode == AttachMode::kTc ? Hook::kTc : Hook::kXdp,
                                       {attachment.interface, attachment.slot, policy_.observe,
                                        policy_.silent_after_deadline, shown_},
                                       maps);
}

Result<Attachments::Entry> Attachments::make(const Interface& interface, const AttachTry& choice,
                                             std::uint32_t slot, const ResponderMaps& maps) const {
  Entry entry{{interface.index, interface.name, choice.mode, choice.reason, slot}, nullptr, true};
  const auto program = load(entry.attachment, maps);
  if (!program) return tl::unexpected(program.error());
  auto link = LinkAttachment::attach(*program, interface.index, choice.mode, pins_);
  if (link) {
    entry.hook = std::move(*link);
    return entry;
  }
  // A kernel before 6.6 knows no tcx and says EINVAL.
  if (choice.mode != AttachMode::kTc || link.error().code != EINVAL)
    return tl::unexpected(link.error());
  auto filter = FilterAttachment::attach(*program, interface.index, pins_);
  if (!filter) return tl::unexpected(filter.error());
  entry.hook = std::move(*filter);
  return entry;
}

Result<Attachments::Entry> Attachments::first_that_works(const Interface& interface,
                                                         std::vector<AttachTry> tries,
                                                         std::uint32_t slot,
                                                         const ResponderMaps& maps) const {
  std::string refusal;
  for (auto& choice : tries) {
    if (!refusal.empty()) choice.reason = refusal;
    auto made = make(interface, choice, slot, maps);
    if (made) return made;
    const auto occupant =
        choice.mode == AttachMode::kTc ? std::string() : xdp_occupant(interface.index);
    refusal = occupant.empty() ? made.error().message : "the XDP hook is held by " + occupant;
    if (&choice == &tries.back()) {
      return fail("attach to " + interface.name + ": " + refusal, made.error().code);
    }
  }
  return fail("attach to " + interface.name + ": nothing to try");
}

Result<std::uint32_t> Attachments::free_slot() const {
  std::set<std::uint32_t> taken;
  for (const auto& [interface, entry] : entries_) taken.insert(entry.attachment.slot);
  std::uint32_t slot = 0;
  while (taken.contains(slot)) slot++;
  if (slot < INTERFACE_SLOTS) return slot;
  return fail("attach: all " + std::to_string(INTERFACE_SLOTS) +
                  " interface slots are taken; name fewer `interfaces`",
              ENOSPC);
}

Result<void> Attachments::write_down(const Entry& entry, const ResponderMaps& maps) const {
  struct attached row {};
  row.ifindex = entry.attachment.interface;
  row.mode = to_abi(entry.attachment.mode);
  const auto* filter = dynamic_cast<const FilterAttachment*>(entry.hook.get());
  row.owns_qdisc = filter != nullptr && filter->owns_qdisc();
  copy_text(row.name, entry.attachment.name);
  copy_text(row.reason, entry.attachment.reason);
  if (bpf_map_update_elem(maps.descriptor("attached"), &entry.attachment.slot, &row, BPF_ANY) !=
      0) {
    return fail_errno("write map", "attached");
  }
  return {};
}

Result<Attachment> Attachments::attach(const Interface& interface, AttachMode mode,
                                       const ResponderMaps& maps, bool deferred) {
  auto tries = choose_attachment(mode, interface, rx_vlan_offload(interface.name));
  if (!tries) return tl::unexpected(tries.error());

  const auto present = entries_.find(interface.index);
  if (present != entries_.end()) {
    auto& entry = present->second;
    const bool wanted = std::any_of(tries->begin(), tries->end(), [&](const AttachTry& choice) {
      return choice.mode == entry.attachment.mode;
    });
    if (wanted && entry.hook->alive()) {
      const bool renamed = std::exchange(entry.attachment.name, interface.name) != interface.name;
      if (entry.current && renamed) {
        if (auto written = write_down(entry, maps); !written)
          return tl::unexpected(written.error());
      }
      if (entry.current || deferred) return entry.attachment;
      const auto program = load(entry.attachment, maps);
      if (!program) return tl::unexpected(program.error());
      if (auto replaced = entry.hook->replace(*program); !replaced)
        return tl::unexpected(replaced.error());
      entry.current = true;
      if (auto written = write_down(entry, maps); !written) return tl::unexpected(written.error());
      return entry.attachment;
    }
    // The XDP modes exclude each other on one interface; otherwise the new hook comes before the
    // old goes.
    const bool exclusive =
        entry.attachment.mode != AttachMode::kTc && tries->front().mode != AttachMode::kTc;
    if (exclusive || !entry.hook->alive()) {
      if (auto gone = detach(interface.index, maps); !gone) return tl::unexpected(gone.error());
    }
  }

  const auto old = entries_.find(interface.index);
  const auto slot =
      old == entries_.end() ? free_slot() : Result<std::uint32_t>(old->second.attachment.slot);
  if (!slot) return tl::unexpected(slot.error());
  if (old == entries_.end()) {
    if (auto cleared = clear_counters(*slot, maps); !cleared)
      return tl::unexpected(cleared.error());
  }
  auto made = first_that_works(interface, std::move(*tries), *slot, maps);
  if (!made) return tl::unexpected(made.error());
  if (auto written = write_down(*made, maps); !written) return tl::unexpected(written.error());
  auto attachment = made->attachment;
  std::unique_ptr<HookAttachment> replaced =
      old == entries_.end() ? nullptr : std::move(old->second.hook);
  entries_.insert_or_assign(interface.index, std::move(*made));
  if (replaced) {
    if (auto gone = replaced->remove(); !gone) return tl::unexpected(gone.error());
  }
  return attachment;
}

Result<void> Attachments::detach(InterfaceIndex interface, const ResponderMaps& maps) {
  const auto found = entries_.find(interface);
  if (found == entries_.end()) return {};
  if (auto removed = found->second.hook->remove(); !removed) return removed;
  const struct attached free {};
  if (bpf_map_update_elem(maps.descriptor("attached"), &found->second.attachment.slot, &free,
                          BPF_ANY) != 0) {
    return fail_errno("write map", "attached");
  }
  entries_.erase(found);
  return {};
}

std::vector<std::string> Attachments::ahead_of(const Entry& entry) {
  // XDP comes before everything else; and what cannot be read is not worth failing for.
  if (entry.attachment.mode != AttachMode::kTc) return {};
  const auto ours = entry.hook->program_id();
  const auto ahead = ours ? ahead_at_tc(entry.attachment.interface, *ours)
                          : Result<std::vector<std::string>>(tl::unexpected(ours.error()));
  return ahead.value_or(std::vector<std::string>{});
}

std::vector<Attachment> Attachments::all() const {
  std::vector<Attachment> list;
  for (const auto& [interface, entry] : entries_) {
    list.push_back(entry.attachment);
    list.back().ahead = ahead_of(entry);
  }
  return list;
}

Result<void> Attachments::use(const ResponderMaps& maps) {
  for (auto& [interface, entry] : entries_) {
    if (!entry.current) {
      const auto program = load(entry.attachment, maps);
      if (!program) return tl::unexpected(program.error());
      if (auto replaced = entry.hook->replace(*program); !replaced) return replaced;
      entry.current = true;
    }
    if (auto written = write_down(entry, maps); !written) return written;
  }
  return {};
}

Result<void> Attachments::show_frames(bool shown, const ResponderMaps& maps) {
  if (std::exchange(shown_, shown) == shown) return {};
  Result<void> result;
  for (auto& [interface, entry] : entries_) {
    if (!entry.current) continue;  // over other maps yet; its next program does as we say
    const auto program = load(entry.attachment, maps);
    const auto replaced =
        program ? entry.hook->replace(*program) : Result<void>(tl::unexpected(program.error()));
    if (!replaced && result) result = replaced;
  }
  return result;
}

}  // namespace isat
