// SPDX-License-Identifier: Apache-2.0
// One of our programs at one hook of one interface, pinned so that it stays when the speaker goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/data_plane.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/pin_directory.h"
#include "dataplane/result.h"

namespace isat {

class HookAttachment {
 public:
  virtual ~HookAttachment() = default;

  // Puts another program in its place, in one step: no frame meets neither or both.
  [[nodiscard]] virtual Result<void> replace(const FileDescriptor& program) = 0;
  // Detaches and removes the pin; the interface may be gone. Idempotent.
  [[nodiscard]] virtual Result<void> remove() = 0;
  // The interface is still there and the program on it.
  [[nodiscard]] virtual bool alive() const = 0;
  // The kernel's id of the program that runs there.
  [[nodiscard]] virtual Result<std::uint32_t> program_id() const = 0;
};

// XDP (native, generic) and tcx: a BPF link, pinned as xdp_IFINDEX or tcx_IFINDEX.
class LinkAttachment : public HookAttachment {
 public:
  // `mode` is asked of the kernel as such: it never falls back from native to generic by itself.
  // A tcx link goes before all others: what we do not answer goes on to them. EBUSY or EEXIST = a
  // stranger holds the hook; EINVAL for tc = a kernel before 6.6.
  [[nodiscard]] static Result<std::unique_ptr<LinkAttachment>> attach(const FileDescriptor& program,
                                                                      InterfaceIndex interface,
                                                                      AttachMode mode,
                                                                      const PinDirectory& pins);
  // Takes over a pinned link.
  [[nodiscard]] static Result<std::unique_ptr<LinkAttachment>> adopt(const std::string& pin_name,
                                                                     const PinDirectory& pins);

  [[nodiscard]] Result<void> replace(const FileDescriptor& program) override;
  [[nodiscard]] Result<void> remove() override;
  [[nodiscard]] bool alive() const override;
  [[nodiscard]] Result<std::uint32_t> program_id() const override;

 private:
  LinkAttachment(FileDescriptor link, std::string pin_name, const PinDirectory& pins)
      : link_(std::move(link)), pin_name_(std::move(pin_name)), pins_(&pins) {}

  FileDescriptor link_;
  std::string pin_name_;
  const PinDirectory* pins_;
};

// tc before 6.6: a clsact filter, its program pinned as tc_IFINDEX to know it again.
class FilterAttachment : public HookAttachment {
 public:
  // Where our filter stands; `tc filter show dev X ingress` lists it so.
  static constexpr std::uint32_t kPriority = 1;
  static constexpr std::uint32_t kHandle = 0x15a7;

  // EEXIST = a stranger has our priority and handle.
  [[nodiscard]] static Result<std::unique_ptr<FilterAttachment>> attach(
      const FileDescriptor& program, InterfaceIndex interface, const PinDirectory& pins);
  // Takes over a pinned one.
  FilterAttachment(InterfaceIndex interface, bool owns_qdisc, const PinDirectory& pins)
      : interface_(interface), owns_qdisc_(owns_qdisc), pins_(&pins) {}

  // Whether our filter on the interface is this program (the kernel's id).
  [[nodiscard]] static bool runs(std::uint32_t program, InterfaceIndex interface);

  [[nodiscard]] Result<void> replace(const FileDescriptor& program) override;
  [[nodiscard]] Result<void> remove() override;
  [[nodiscard]] bool alive() const override;
  [[nodiscard]] Result<std::uint32_t> program_id() const override;
  // The clsact qdisc was made by us; it goes with our filter if nobody else has one there by then.
  [[nodiscard]] bool owns_qdisc() const { return owns_qdisc_; }

 private:
  [[nodiscard]] Result<void> pin(const FileDescriptor& program) const;
  [[nodiscard]] std::string pin_name() const { return "tc_" + std::to_string(interface_); }

  InterfaceIndex interface_;
  bool owns_qdisc_;
  const PinDirectory* pins_;
};

}  // namespace isat
