// SPDX-License-Identifier: Apache-2.0
// Says what the responder saw of others who claim our addresses.
#include "control/event_log.h"

#include <algorithm>
#include <string>

namespace isat {

Claimant EventLog::report(const Event& seen, LogLimit::TimePoint now) {
  if (is_ours(seen.mac)) return Claimant::kOurs;
  const auto* member = peer(seen.mac);
  say(seen, member, now);
  return member != nullptr ? Claimant::kPeer : Claimant::kRival;
}

void EventLog::say(const Event& seen, const Member* peer, LogLimit::TimePoint now) {
  const auto kept_back = limits_.at(seen.kind).admit(now);
  if (!kept_back) return;
  if (*kept_back > 0) log_.warn("{} more events were not logged", *kept_back);

  const auto found = interfaces_.all().find(seen.interface);
  const auto interface =
      found == interfaces_.all().end() ? "#" + std::to_string(seen.interface) : found->second.name;
  const auto address = seen.address.to_string();
  const auto rival = seen.mac.to_string();
  switch (seen.kind) {
    case EVENT_CONFLICT:
      conflict(address, interface, seen.mac, peer);
      break;
    case EVENT_YIELD:
      log_.warn("{} on {}: given up to {}, for our deadline had passed", address, interface, rival);
      break;
    case EVENT_CLAIM:
      log_.info("{} on {}: {} asked whether it is free, and was told that it is not", address,
                interface, rival);
      break;
    case EVENT_KIND_COUNT:
      break;
  }
}

void EventLog::conflict(const std::string& address, const std::string& interface,
                        const MacAddress& mac, const Member* peer) {
  if (peer != nullptr) {
    // For a moment after a move that is as it should be.
    log_.info("{} on {}: our peer {} announces it too", address, interface, peer->node);
    return;
  }
  log_.warn("{} on {}: {} claims it too; find out which of us should have it", address, interface,
            mac.to_string());
}

const Member* EventLog::peer(const MacAddress& mac) const {
  for (const auto& member : membership_.members()) {
    if (!member.interfaces) continue;
    for (const auto& interface : *member.interfaces) {
      if (interface.mac == mac) return &member;
    }
  }
  return nullptr;
}

bool EventLog::is_ours(const MacAddress& mac) const {
  const auto& all = interfaces_.all();
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& interface) { return interface.second.mac == mac; });
}

}  // namespace isat
