// SPDX-License-Identifier: Apache-2.0
// The one table: what comes in, what must go out, which outcome is counted. Every runner takes it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "tests/frames/frame.h"

namespace isat::frames {

// What the responder believes when the frame arrives; beside it kTarget4, kAnother4 and kTarget6
// are announced on the frame's interface and kElsewhere4 and kElsewhere6 on another, all with
// kOurs.
struct Setting {
  enum class Deadline { kNone, kAhead, kPassed } deadline = Deadline::kNone;
  bool strict = false;   // after_deadline: silent
  bool yielded = false;  // the announcements were given up already
  bool observe = false;
  std::optional<std::uint16_t> hidden_tci;  // a VLAN tag in the frame's metadata (tc only)
  std::uint16_t hidden_type = 0x8100;
};

struct Solicitation {
  std::string name;
  std::string rule;  // of docs/WIRE.md: "A1"
  Frame frame;
  isat_family family = FAMILY_OTHER;
  isat_outcome outcome = OUTCOME_OTHER_TRAFFIC;
  std::optional<Frame> reply;      // absent = passed, byte for byte as it came
  std::vector<event_kind> events;  // in order
  Setting setting;

  // As if it were the only one: may be sent through a live interface, too short ones may not.
  [[nodiscard]] bool has_hidden_tag() const { return setting.hidden_tci.has_value(); }
};

// A row; rules A… are of ARP and N… of NDP, unless it says another family.
[[nodiscard]] Solicitation answered(std::string name, std::string rule, Frame frame, Frame reply);
[[nodiscard]] Solicitation passed(std::string name, std::string rule, Frame frame,
                                  isat_outcome outcome, std::optional<isat_family> family = {},
                                  std::vector<event_kind> events = {});

[[nodiscard]] std::vector<Solicitation> arp_solicitations();
[[nodiscard]] std::vector<Solicitation> ndp_solicitations();
[[nodiscard]] std::vector<Solicitation> fence_solicitations();
[[nodiscard]] std::vector<Solicitation> order_solicitations();
[[nodiscard]] std::vector<Solicitation> solicitations();  // all of them, names unique

}  // namespace isat::frames
