// SPDX-License-Identifier: Apache-2.0
// Chooses the hook for an interface.
#include "dataplane/attach_choice.h"

namespace isat {
namespace {

// Kinds whose native XDP is absent, loses what it sends, or stands in somebody's way.
std::string why_not_native(const Interface& interface, bool rx_vlan_offload) {
  if (interface.kind == "veth") {
    return "native XDP on veth loses its answers unless the peer runs an XDP program too";
  }
  if (interface.kind == "vlan" || interface.kind == "bridge" || interface.kind == "macvlan") {
    return "a " + interface.kind + " interface has no native XDP";
  }
  if (interface.kind == "bond") {
    return "native XDP on a bond keeps ports without it from joining";
  }
  if (may_hide_tags(interface, rx_vlan_offload)) {
    return std::string("the driver hides VLAN tags from XDP, and the interface ") +
           (interface.carries_vlans ? "carries VLANs" : "is promiscuous");
  }
  return {};
}

}  // namespace

std::string_view mode_name(AttachMode mode) {
  switch (mode) {
    case AttachMode::kAuto:
      return "auto";
    case AttachMode::kNative:
      return "native";
    case AttachMode::kGeneric:
      return "generic";
    case AttachMode::kTc:
      return "tc";
  }
  return "";
}

bool may_hide_tags(const Interface& interface, bool rx_vlan_offload) {
  return rx_vlan_offload && (interface.carries_vlans || interface.promiscuous);
}

Result<std::vector<AttachTry>> choose_attachment(AttachMode asked, const Interface& interface,
                                                 bool rx_vlan_offload) {
  if (asked == AttachMode::kTc) return std::vector<AttachTry>{{AttachMode::kTc, "as configured"}};
  if (asked != AttachMode::kAuto) {
    // Generic XDP runs after the stack's untagging of hardware tags: hidden there as well.
    if (may_hide_tags(interface, rx_vlan_offload)) {
      return fail("attach " + std::string(mode_name(asked)) + " XDP to " + interface.name +
                      ": VLAN tags are hidden from it; ethtool -K " + interface.name +
                      " rxvlan off, or `attach: tc`",
                  EINVAL);
    }
    return std::vector<AttachTry>{{asked, "as configured"}};
  }
  if (auto reason = why_not_native(interface, rx_vlan_offload); !reason.empty()) {
    return std::vector<AttachTry>{{AttachMode::kTc, std::move(reason)}};
  }
  return std::vector<AttachTry>{{AttachMode::kNative, "the driver has native XDP"},
                                {AttachMode::kTc, "native XDP refused"}};
}

}  // namespace isat
