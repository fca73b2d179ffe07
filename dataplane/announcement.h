// SPDX-License-Identifier: Apache-2.0
// An announcement: this node answers for this address on this interface with this MAC.
#pragma once

#include <compare>

#include "dataplane/address.h"
#include "dataplane/interface.h"

namespace isat {

struct AnnouncementKey {
  Address address;
  InterfaceIndex interface = 0;

  auto operator<=>(const AnnouncementKey&) const = default;
};

// Desired or actual; the same type, so that a plan is a difference of two sets.
struct Announcement {
  AnnouncementKey key;
  MacAddress mac;

  auto operator<=>(const Announcement&) const = default;
};

}  // namespace isat
