// SPDX-License-Identifier: Apache-2.0
// Takes everything of ours out of the kernel.
#include "dataplane/detachment.h"

#include <bpf/bpf.h>

#include <filesystem>
#include <memory>
#include <set>

#include "dataplane/drain_mark.h"
#include "dataplane/hook_attachment.h"
#include "dataplane/pin_directory.h"
#include "dataplane/pinned_state.h"
#include "dataplane/responder_maps.h"

namespace isat {
namespace {

// Interfaces whose clsact qdisc we made. Unknown with maps of another build: then the qdiscs stay,
// which is harmless, while removing a stranger's is not.
std::set<InterfaceIndex> own_qdiscs(const std::string& pin) {
  std::set<InterfaceIndex> found;
  const auto maps = open_pinned_maps(pin);
  if (!maps) return found;
  for (std::uint32_t slot = 0; slot < INTERFACE_SLOTS; slot++) {
    struct attached row {};
    if (bpf_map_lookup_elem(maps->descriptor("attached"), &slot, &row) != 0) break;
    if (row.owns_qdisc != 0) found.insert(row.ifindex);
  }
  return found;
}

Result<std::unique_ptr<HookAttachment>> adopt(const std::string& pin, const PinDirectory& pins,
                                              const std::set<InterfaceIndex>& own) {
  if (pin.starts_with("tc_")) {
    const auto interface = static_cast<InterfaceIndex>(std::stoul(pin.substr(3)));
    return std::make_unique<FilterAttachment>(interface, own.contains(interface), pins);
  }
  auto link = LinkAttachment::adopt(pin, pins);
  if (!link) return tl::unexpected(link.error());
  return std::unique_ptr<HookAttachment>(std::move(*link));
}

Result<void> remove_hooks(const PinDirectory& pins, std::vector<std::string>& detached) {
  const auto own = own_qdiscs(pins.path());
  for (const auto& name : pins.hooks()) {
    const auto hook = adopt(name, pins, own);
    if (!hook) return tl::unexpected(hook.error());
    if (auto removed = (*hook)->remove(); !removed) return removed;
    detached.push_back(name);
  }
  // A program on its way into a filter when its speaker died; nothing runs it.
  for (const auto& name : pins.names("next_tc_")) {
    if (auto removed = pins.remove(name); !removed) return removed;
  }
  return {};
}

// The maps go last: without its maps pinned, a program that stayed could not be found again.
Result<void> remove_maps(const PinDirectory& pins) {
  for (const auto& name : ResponderMaps::names()) {
    if (auto removed = pins.remove(name); !removed) return removed;
  }
  return pins.remove("next");
}

}  // namespace

Result<Detachment> detach_everything(const std::string& pin) {
  Detachment done;
  std::error_code error;
  if (!std::filesystem::exists(pin, error)) {
    if (error) return fail_errno("look at", pin, error.value());
    return done;
  }
  const auto pins = PinDirectory::lock(pin);
  if (!pins) return tl::unexpected(pins.error());
  if (auto removed = remove_hooks(*pins, done.detached); !removed) {
    return tl::unexpected(removed.error());
  }
  if (auto removed = remove_maps(*pins); !removed) return tl::unexpected(removed.error());
  if (auto cleared = DrainMark(pin).clear(); !cleared) return tl::unexpected(cleared.error());
  done.left = pins->names();
  if (!done.left.empty()) return done;
  std::filesystem::remove(pin, error);
  if (error) return fail_errno("remove", pin, error.value());
  return done;
}

}  // namespace isat
