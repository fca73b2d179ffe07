// SPDX-License-Identifier: Apache-2.0
// A ring of events of one's own.
#include "dataplane/event_tap.h"

namespace isat {

Result<std::unique_ptr<EventTap>> EventTap::open(const std::string& pin) {
  std::unique_ptr<EventTap> tap(new EventTap);
  auto ring = TapRing::open(pin, "taps");
  if (!ring) return tl::unexpected(ring.error());
  tap->ring_ = std::move(*ring);
  auto reader = EventReader::open(tap->ring_->descriptor());
  if (!reader) return tl::unexpected(reader.error());
  tap->reader_ = std::move(*reader);
  return tap;
}

}  // namespace isat
