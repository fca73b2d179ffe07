// SPDX-License-Identifier: Apache-2.0
// What is pinned, read without taking anything over: for commands beside, or without, a speaker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/data_plane.h"
#include "dataplane/responder_maps.h"
#include "dataplane/result.h"

namespace isat {

struct PinnedAttachment {
  Attachment attachment;
  bool alive = false;  // the program is still on the interface; false when either of them went away
};

struct PinnedState {
  std::uint32_t capacity = 0;  // announcements per family
  BootTime deadline{0};        // zero = for ever
  std::vector<PinnedAttachment> attachments;
  std::vector<ActualAnnouncement> announcements;  // sorted by address, then interface
  std::vector<InterfaceOutcomes> outcomes;
};

// The maps in `directory`. Errors name the mend: nothing pinned there (ENOENT), no privilege, pins
// of another build, which this one cannot read.
[[nodiscard]] Result<ResponderMaps> open_pinned_maps(const std::string& directory);

[[nodiscard]] Result<PinnedState> read_pinned_state(const std::string& directory);

}  // namespace isat
