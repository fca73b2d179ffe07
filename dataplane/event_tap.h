// SPDX-License-Identifier: Apache-2.0
// A ring of events of one's own, beside the speaker's, for as long as this object lives.
#pragma once

#include <memory>
#include <string>

#include "dataplane/event_reader.h"
#include "dataplane/result.h"
#include "dataplane/tap_ring.h"

namespace isat {

class EventTap {
 public:
  // In the pinned `taps`.
  [[nodiscard]] static Result<std::unique_ptr<EventTap>> open(const std::string& pin);

  [[nodiscard]] EventReader& events() { return *reader_; }
  // As TapRing says.
  [[nodiscard]] Result<void> keep() { return ring_->keep(); }

 private:
  EventTap() = default;

  std::unique_ptr<TapRing> ring_;
  std::unique_ptr<EventReader> reader_;
};

}  // namespace isat
