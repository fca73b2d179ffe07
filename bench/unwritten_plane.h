// SPDX-License-Identifier: Apache-2.0
// A data plane that takes everything and keeps nothing: what deciding costs, without the writing.
#pragma once

#include <vector>

#include "dataplane/data_plane.h"

namespace isat::bench {

class UnwrittenPlane final : public DataPlane {
 public:
  Result<void> announce(const Announcement&) override { return {}; }
  Result<void> withdraw(const AnnouncementKey&) override { return {}; }
  Result<void> told(const AnnouncementKey&) override { return {}; }
  Result<std::vector<ActualAnnouncement>> announcements() const override { return {}; }
  Result<void> commit() override { return {}; }
  Result<void> vouch_until(BootTime) override { return {}; }
  Result<BootTime> vouched_until() const override { return BootTime{0}; }
  Result<Attachment> attach(const Interface&, AttachMode) override { return Attachment{}; }
  Result<void> detach(InterfaceIndex) override { return {}; }
  std::vector<Attachment> attachments() const override { return {}; }
  Result<std::vector<InterfaceOutcomes>> outcomes() const override { return {}; }
};

}  // namespace isat::bench
