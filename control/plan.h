// SPDX-License-Identifier: Apache-2.0
// A plan: what has to change for the actual announcements to become the desired ones.
#pragma once

#include <vector>

#include "dataplane/announcement.h"

namespace isat {

struct Plan {
  std::vector<AnnouncementKey> to_withdraw;
  std::vector<Announcement> to_announce;

  bool operator==(const Plan&) const = default;
};

}  // namespace isat
