// SPDX-License-Identifier: Apache-2.0
// All our programs on all interfaces: which is where, in which slot, and how they change maps
// together.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "dataplane/attach_choice.h"
#include "dataplane/hook_attachment.h"
#include "dataplane/responder_maps.h"
#include "dataplane/responder_object.h"
#include "dataplane/responder_policy.h"

struct attached;

namespace isat {

class Attachments {
 public:
  Attachments(const PinDirectory& pins, ResponderPolicy policy) : pins_(pins), policy_(policy) {}

  // Takes over what an earlier speaker pinned: dead links (their interface is gone) are cleared
  // away, live ones go on with their old program until attach() or use() gives them a new one.
  // Slots come from the map `attached` where it has them.
  [[nodiscard]] Result<void> adopt(const ResponderMaps& maps);

  // As DataPlane says. The program works on `maps`; `deferred` = an adopted attachment keeps its
  // old program until use().
  [[nodiscard]] Result<Attachment> attach(const Interface& interface, AttachMode mode,
                                          const ResponderMaps& maps, bool deferred);
  [[nodiscard]] Result<void> detach(InterfaceIndex interface, const ResponderMaps& maps);
  [[nodiscard]] std::vector<Attachment> all() const;
  // Gives every attachment a program over `maps`, one step each.
  [[nodiscard]] Result<void> use(const ResponderMaps& maps);
  // From now on programs show frames, or no longer do. Those that cannot be exchanged go on as they
  // are; the error is the first one's.
  [[nodiscard]] Result<void> show_frames(bool shown, const ResponderMaps& maps);

 private:
  struct Entry {
    Attachment attachment;
    std::unique_ptr<HookAttachment> hook;
    bool current = false;  // runs a program of this binary, over the current maps
  };

  [[nodiscard]] Result<FileDescriptor> load(const Attachment& attachment,
                                            const ResponderMaps& maps) const;
  [[nodiscard]] Result<Entry> make(const Interface& interface, const AttachTry& choice,
                                   std::uint32_t slot, const ResponderMaps& maps) const;
  [[nodiscard]] Result<Entry> first_that_works(const Interface& interface,
                                               std::vector<AttachTry> tries, std::uint32_t slot,
                                               const ResponderMaps& maps) const;
  [[nodiscard]] Result<std::uint32_t> free_slot() const;
  [[nodiscard]] static std::vector<std::string> ahead_of(const Entry& entry);
  [[nodiscard]] Result<void> adopt_pin(const std::string& pin, std::uint32_t slot,
                                       const struct attached& row);
  [[nodiscard]] Result<void> write_down(const Entry& entry, const ResponderMaps& maps) const;

  const PinDirectory& pins_;
  ResponderPolicy policy_;
  bool shown_ = false;
  std::map<InterfaceIndex, Entry> entries_;
};

}  // namespace isat
