// SPDX-License-Identifier: Apache-2.0
// What link messages add up to: every interface as of now, and which of them changed.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/address_message.h"
#include "dataplane/interface.h"
#include "dataplane/link_message.h"

namespace isat {

class InterfaceTable {
 public:
  void apply(LinkMessage message);
  void apply(const AddressMessage& message);
  // Becomes `current`; what differs counts as changed.
  void replace(InterfaceTable current);

  // The indexes that appeared, changed or vanished since the last call, ascending.
  [[nodiscard]] std::vector<InterfaceIndex> take_changed();
  [[nodiscard]] const std::map<InterfaceIndex, Interface>& all() const { return all_; }

 private:
  void put(Interface interface);
  void remove(InterfaceIndex index);
  [[nodiscard]] bool carries_vlans(InterfaceIndex index) const;
  void note_vlan(const Interface& interface, bool present);

  std::map<InterfaceIndex, Interface> all_;
  std::set<std::pair<InterfaceIndex, InterfaceIndex>> vlans_;  // parent, VLAN interface
  std::set<InterfaceIndex> changed_;
};

}  // namespace isat
