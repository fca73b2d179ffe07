// SPDX-License-Identifier: Apache-2.0
// Attaches through BPF links: XDP in either mode, and tcx.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "dataplane/attach_choice.h"
#include "dataplane/hook_attachment.h"

namespace isat {
namespace {

// Newer than Debian 12's headers; the numbers are ABI (linux/bpf.h).
constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);
constexpr std::uint32_t kBefore = 1U << 3;  // BPF_F_BEFORE, relative to nothing: first of all

std::string pin_name_of(AttachMode mode, InterfaceIndex interface) {
  return (mode == AttachMode::kTc ? "tcx_" : "xdp_") + std::to_string(interface);
}

}  // namespace

Result<std::unique_ptr<LinkAttachment>> LinkAttachment::attach(const FileDescriptor& program,
                                                               InterfaceIndex interface,
                                                               AttachMode mode,
                                                               const PinDirectory& pins) {
  const bool tcx = mode == AttachMode::kTc;
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.flags = tcx                           ? kBefore
                  : mode == AttachMode::kNative ? XDP_FLAGS_DRV_MODE
                                                : XDP_FLAGS_SKB_MODE;
  FileDescriptor link(bpf_link_create(program.get(), static_cast<int>(interface),
                                      tcx ? kTcxIngress : BPF_XDP, &options));
  const std::string what = std::string(mode_name(mode)) + (tcx ? "x" : " XDP");
  if (!link.valid())
    return fail_errno("attach " + what + " to", "interface " + std::to_string(interface));

  auto name = pin_name_of(mode, interface);
  // A dead link of an interface that had this number before would be in the way.
  if (auto removed = pins.remove(name); !removed) return tl::unexpected(removed.error());
  if (bpf_obj_pin(link.get(), pins.path(name).c_str()) != 0)
    return fail_errno("pin", pins.path(name));
  return std::unique_ptr<LinkAttachment>(
      new LinkAttachment(std::move(link), std::move(name), pins));
}

Result<std::unique_ptr<LinkAttachment>> LinkAttachment::adopt(const std::string& pin_name,
                                                              const PinDirectory& pins) {
  FileDescriptor link(bpf_obj_get(pins.path(pin_name).c_str()));
  if (!link.valid()) return fail_errno("open pinned link", pins.path(pin_name));
  return std::unique_ptr<LinkAttachment>(new LinkAttachment(std::move(link), pin_name, pins));
}

Result<void> LinkAttachment::replace(const FileDescriptor& program) {
  if (bpf_link_update(link_.get(), program.get(), nullptr) == 0) return {};
  return fail_errno("replace the program of", pins_->path(pin_name_));
}

Result<void> LinkAttachment::remove() {
  auto removed = pins_->remove(pin_name_);
  // The pin may be a link of another process's making by now; ours is detached by name, not by
  // closing.
  if (link_.valid() && bpf_link_detach(link_.get()) != 0 && errno != ENOLINK) {
    return fail_errno("detach", pin_name_);
  }
  link_.reset();
  return removed;
}

Result<std::uint32_t> LinkAttachment::program_id() const {
  bpf_link_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(link_.get(), &info, &size) != 0) {
    return fail_errno("read id of the program of", pins_->path(pin_name_));
  }
  return info.prog_id;
}

bool LinkAttachment::alive() const {
  bpf_link_info info{};
  std::uint32_t size = sizeof info;
  if (!link_.valid() || bpf_obj_get_info_by_fd(link_.get(), &info, &size) != 0) return false;
  // A link outlives its interface with the number zero. XDP and tcx both keep it first in the
  // union.
  return info.xdp.ifindex != 0;
}

}  // namespace isat
