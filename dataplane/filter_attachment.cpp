// SPDX-License-Identifier: Apache-2.0
// Attaches as a clsact filter, where the kernel has no tcx.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cstdio>

#include "dataplane/foreign_programs.h"
#include "dataplane/hook_attachment.h"

namespace isat {
namespace {

bpf_tc_hook hook_of(InterfaceIndex interface, bpf_tc_attach_point point = BPF_TC_INGRESS) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = static_cast<int>(interface);
  hook.attach_point = point;
  return hook;
}

bpf_tc_opts our_filter() {
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.priority = FilterAttachment::kPriority;
  options.handle = FilterAttachment::kHandle;
  return options;
}

Result<void> set_filter(const FileDescriptor& program, InterfaceIndex interface,
                        std::uint32_t flags) {
  auto hook = hook_of(interface);
  auto options = our_filter();
  options.prog_fd = program.get();
  options.flags = flags;
  const int failed = bpf_tc_attach(&hook, &options);
  if (failed == 0) return {};
  return fail_errno("attach tc filter to", "interface " + std::to_string(interface), -failed);
}

}  // namespace

Result<std::unique_ptr<FilterAttachment>> FilterAttachment::attach(const FileDescriptor& program,
                                                                   InterfaceIndex interface,
                                                                   const PinDirectory& pins) {
  auto hook = hook_of(interface);
  const int created = bpf_tc_hook_create(&hook);
  if (created != 0 && created != -EEXIST) {
    return fail_errno("make clsact qdisc on", "interface " + std::to_string(interface), -created);
  }
  auto attachment = std::make_unique<FilterAttachment>(interface, created == 0, pins);
  auto set = set_filter(program, interface, 0);
  if (set) set = attachment->pin(program);
  if (set) return attachment;
  if (set.error().code != EEXIST)
    static_cast<void>(attachment->remove());  // the first error tells more
  return tl::unexpected(set.error());
}

Result<void> FilterAttachment::pin(const FileDescriptor& program) const {
  const auto path = pins_->path(pin_name());
  const auto next = pins_->path("next_" + pin_name());
  ::unlink(next.c_str());
  if (bpf_obj_pin(program.get(), next.c_str()) != 0) return fail_errno("pin", next);
  if (::rename(next.c_str(), path.c_str()) != 0) return fail_errno("pin", path);
  return {};
}

Result<void> FilterAttachment::replace(const FileDescriptor& program) {
  if (!alive())
    return fail_errno("replace tc filter of", "interface " + std::to_string(interface_), ENOLINK);
  if (auto set = set_filter(program, interface_, BPF_TC_F_REPLACE); !set) return set;
  return pin(program);
}

Result<std::uint32_t> FilterAttachment::program_id() const {
  const FileDescriptor program(bpf_obj_get(pins_->path(pin_name()).c_str()));
  if (!program.valid()) return fail_errno("open pinned program", pins_->path(pin_name()));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) {
    return fail_errno("read id of", pins_->path(pin_name()));
  }
  return info.id;
}

bool FilterAttachment::runs(std::uint32_t program, InterfaceIndex interface) {
  auto hook = hook_of(interface);
  auto options = our_filter();
  return bpf_tc_query(&hook, &options) == 0 && options.prog_id == program;
}

bool FilterAttachment::alive() const {
  const auto ours = program_id();
  return ours && runs(*ours, interface_);
}

Result<void> FilterAttachment::remove() {
  if (alive()) {
    auto hook = hook_of(interface_);
    auto options = our_filter();
    const int failed = bpf_tc_detach(&hook, &options);
    if (failed != 0 && failed != -ENOENT && failed != -ENODEV) {
      return fail_errno("detach tc filter from", "interface " + std::to_string(interface_),
                        -failed);
    }
  }
  // Only a qdisc that we made, and that nobody else put a filter under meanwhile, is ours to
  // remove.
  const auto in_use = has_tc_filters(interface_);
  if (owns_qdisc_ && in_use && !*in_use) {
    auto hook =
        hook_of(interface_, static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS));
    bpf_tc_hook_destroy(&hook);  // gone already, or its interface: nothing to mend
  }
  return pins_->remove(pin_name());
}

}  // namespace isat
