// SPDX-License-Identifier: Apache-2.0
// Which hook an interface gets, and the sentence that says why: pure, so that each case is a test
// row.
#pragma once

#include <string>
#include <vector>

#include "dataplane/data_plane.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

// One hook to try, and why it comes now.
struct AttachTry {
  AttachMode mode = AttachMode::kTc;  // never kAuto
  std::string reason;

  bool operator==(const AttachTry&) const = default;
};

// The driver takes VLAN tags out of the frame before XDP sees it, and tagged frames reach this
// interface: a VLAN's request would look untagged and be answered into the wrong network.
[[nodiscard]] bool may_hide_tags(const Interface& interface, bool rx_vlan_offload);

// The hooks to try in order; an error when the asked mode would answer wrongly. `auto` ends in tc,
// which works everywhere; an explicit mode is tried alone.
[[nodiscard]] Result<std::vector<AttachTry>> choose_attachment(AttachMode asked,
                                                               const Interface& interface,
                                                               bool rx_vlan_offload);

[[nodiscard]] std::string_view mode_name(AttachMode mode);  // "auto", "native", "generic", "tc"

}  // namespace isat
