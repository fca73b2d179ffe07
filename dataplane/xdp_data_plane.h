// SPDX-License-Identifier: Apache-2.0
// The data plane in the kernel: pinned maps, and the responder on every served interface.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dataplane/announced_maps.h"
#include "dataplane/attachments.h"
#include "dataplane/data_plane.h"
#include "dataplane/pin_directory.h"
#include "dataplane/responder_maps.h"

namespace isat {

struct XdpSettings {
  std::string pin;             // directory in a bpffs
  std::uint32_t capacity = 0;  // announcements per family
  ResponderPolicy policy;
};

class XdpDataPlane : public DataPlane {
 public:
  // Locks the pin directory and adopts what an earlier speaker left there: maps of this binary's
  // layout and capacity as they are, with every attachment; maps of another layout go on answering
  // until commit(). Errors name the mend: no bpffs, no privilege, another speaker.
  [[nodiscard]] static Result<std::unique_ptr<XdpDataPlane>> open(const XdpSettings& settings);

  [[nodiscard]] Result<void> announce(const Announcement& announcement) override;
  [[nodiscard]] Result<void> withdraw(const AnnouncementKey& key) override;
  [[nodiscard]] Result<void> told(const AnnouncementKey& key) override;
  [[nodiscard]] Result<std::vector<ActualAnnouncement>> announcements() const override;
  [[nodiscard]] Result<void> commit() override;
  [[nodiscard]] Result<void> vouch_until(BootTime deadline) override;
  [[nodiscard]] Result<BootTime> vouched_until() const override;
  [[nodiscard]] Result<Attachment> attach(const Interface& interface, AttachMode mode) override;
  [[nodiscard]] Result<void> detach(InterfaceIndex interface) override;
  [[nodiscard]] std::vector<Attachment> attachments() const override;
  [[nodiscard]] Result<std::vector<InterfaceOutcomes>> outcomes() const override;

  // Lets the programs show frames while somebody watches them, and only then. To be called now and
  // then; takes a moment when that changes, since each interface gets another program.
  [[nodiscard]] Result<void> follow_watchers(BootTime now);

  // The ring of events, for the one reader; owned here.
  [[nodiscard]] int events_descriptor() const { return maps_.descriptor("events"); }

 private:
  XdpDataPlane(PinDirectory pins, ResponderPolicy policy)
      : pins_(std::move(pins)), attachments_(pins_, policy) {}
  [[nodiscard]] Result<void> adopt_or_create(std::uint32_t capacity);

  PinDirectory pins_;
  ResponderMaps maps_;      // what announcements go to
  bool replacing_ = false;  // maps of another layout answer until commit()
  std::size_t moved_ = 0;   // pins of the replacement: a commit that failed goes on from there
  std::optional<AnnouncedMaps> announced_;
  Attachments attachments_;
};

// Reads outcomes by interface from the maps; for the data plane and for `isat status`.
[[nodiscard]] Result<std::vector<InterfaceOutcomes>> read_outcomes(const ResponderMaps& maps);

}  // namespace isat
