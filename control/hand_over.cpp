// SPDX-License-Identifier: Apache-2.0
// Addresses on their way to a node that comes before this one.
#include "control/hand_over.h"

#include <algorithm>

namespace isat {
namespace {

using namespace std::chrono_literals;

// The map is right before its deadline, and a new one is promised before it passes.
constexpr BootTime kLead = 100ms;

std::optional<std::set<MacAddress>> macs_of(const Member& member) {
  if (!member.interfaces) return std::nullopt;
  std::set<MacAddress> macs;
  for (const auto& interface : *member.interfaces) macs.insert(interface.mac);
  return macs;
}

bool is_among(const std::optional<std::set<MacAddress>>& macs, const MacAddress& mac) {
  return !macs || macs->contains(mac);
}

}  // namespace

bool HandOver::heard(const Address& address, const MacAddress& from, BootTime when) {
  heard_.insert_or_assign(address, Heard{from, when});
  const auto found = leaving_.find(address);
  return found != leaving_.end() && is_among(found->second.successor, from);
}

bool HandOver::answers_on(const Address& address, const Member& successor, BootTime promised,
                          std::chrono::milliseconds memory, BootTime now) {
  const auto until = std::max(promised, kLead) - kLead;
  auto& leaving = leaving_.try_emplace(address, Leaving{until, {}}).first->second;
  leaving.successor = macs_of(successor);
  if (leaving.until <= now) return false;
  const auto found = heard_.find(address);
  return found == heard_.end() || !is_among(leaving.successor, found->second.from) ||
         found->second.when + std::chrono::duration_cast<BootTime>(memory) < now;
}

void HandOver::end(const Address& address) {
  leaving_.erase(address);
  heard_.erase(address);
}

std::vector<Address> HandOver::due(BootTime now) const {
  std::vector<Address> due;
  for (const auto& [address, leaving] : leaving_) {
    if (leaving.until <= now) due.push_back(address);
  }
  return due;
}

std::optional<BootTime> HandOver::next_due() const {
  std::optional<BootTime> next;
  for (const auto& [address, leaving] : leaving_) {
    next = std::min(next.value_or(leaving.until), leaving.until);
  }
  return next;
}

}  // namespace isat
