// SPDX-License-Identifier: Apache-2.0
// The transforms of bpf/respond.h as ordinary native code over a buffer, for tests and fuzzers.
#pragma once

#include <vector>

#include "tests/frames/solicitation.h"

namespace isat::frames {

struct Verdict {
  isat_family family = FAMILY_OTHER;
  isat_outcome outcome = OUTCOME_OTHER_TRAFFIC;
  bool sent = false;  // the frame goes back; otherwise it is passed on
  Frame frame;        // as it left the responder
  std::vector<event_kind> events;
  bool yielded = false;        // the announcement is yielded afterwards
  std::uint64_t answered = 0;  // credited to announcements
  // Natively only: what the edge was asked, which in the kernel are look-ups in maps.
  std::size_t finished = 0;  // once, for every frame
  std::size_t lookups = 0;
  std::size_t deadline_reads = 0;
};

// `room`: bytes the frame may grow to; below that resizing fails, as a full buffer does.
[[nodiscard]] Verdict respond_natively(const Frame& frame, const Setting& setting,
                                       std::size_t room = 65536);

}  // namespace isat::frames
