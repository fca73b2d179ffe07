// SPDX-License-Identifier: Apache-2.0
// Keeps interfaces by index, and for each whether VLAN interfaces sit on it.
#include "dataplane/interface_table.h"

namespace isat {

void InterfaceTable::apply(LinkMessage message) {
  if (message.gone) {
    remove(message.interface.index);
  } else {
    put(std::move(message.interface));
  }
}

// Of an interface that is not known: it went before its addresses did.
void InterfaceTable::apply(const AddressMessage& message) {
  const auto found = all_.find(message.interface);
  if (found == all_.end()) return;
  auto& subnets = found->second.subnets;
  const bool changed =
      message.gone ? subnets.erase(message.subnet) > 0 : subnets.insert(message.subnet).second;
  if (changed) changed_.insert(message.interface);
}

void InterfaceTable::put(Interface interface) {
  const auto index = interface.index;
  interface.carries_vlans = carries_vlans(index);  // no message says so
  auto& known = all_[index];
  interface.subnets = known.subnets;  // likewise
  if (known == interface) return;
  note_vlan(known, false);
  known = std::move(interface);
  changed_.insert(index);
  note_vlan(known, true);
}

void InterfaceTable::remove(InterfaceIndex index) {
  const auto found = all_.find(index);
  if (found == all_.end()) return;
  const auto interface = std::move(found->second);
  all_.erase(found);
  changed_.insert(index);
  note_vlan(interface, false);
}

bool InterfaceTable::carries_vlans(InterfaceIndex index) const {
  const auto vlan = vlans_.lower_bound({index, 0});
  return vlan != vlans_.end() && vlan->first == index;
}

void InterfaceTable::note_vlan(const Interface& interface, bool present) {
  if (interface.kind != "vlan" || interface.parent == 0) return;
  if (present) {
    vlans_.emplace(interface.parent, interface.index);
  } else {
    vlans_.erase({interface.parent, interface.index});
  }
  const auto parent = all_.find(interface.parent);  // a dump may list it later
  if (parent == all_.end() || parent->second.carries_vlans == carries_vlans(parent->first)) return;
  parent->second.carries_vlans = !parent->second.carries_vlans;
  changed_.insert(parent->first);
}

void InterfaceTable::replace(InterfaceTable current) {
  for (const auto& [index, interface] : all_) {
    const auto now = current.all_.find(index);
    if (now == current.all_.end() || now->second != interface) changed_.insert(index);
  }
  for (const auto& [index, interface] : current.all_) {
    if (!all_.contains(index)) changed_.insert(index);
  }
  all_ = std::move(current.all_);
  vlans_ = std::move(current.vlans_);
}

std::vector<InterfaceIndex> InterfaceTable::take_changed() {
  const auto changed = std::exchange(changed_, {});
  return {changed.begin(), changed.end()};
}

}  // namespace isat
