// SPDX-License-Identifier: Apache-2.0
// Who watches frames now, by the maps they write to.
#pragma once

#include "dataplane/data_plane.h"
#include "dataplane/responder_maps.h"
#include "dataplane/result.h"

namespace isat {

// Whether anybody does. Rings whose watcher was killed, and pushes on no more, are taken out.
[[nodiscard]] Result<bool> frames_are_watched(const ResponderMaps& maps, BootTime now);

}  // namespace isat
