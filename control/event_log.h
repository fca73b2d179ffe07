// SPDX-License-Identifier: Apache-2.0
// Says what the responder saw of others who claim our addresses, and not more often than is useful.
#pragma once

#include <spdlog/logger.h>

#include <array>
#include <string>

#include "control/log_limit.h"
#include "control/membership.h"
#include "dataplane/event_reader.h"
#include "dataplane/interface_source.h"

namespace isat {

// Who another's claim on our address comes from: this node itself, a member by its Lease, or
// anybody else.
enum class Claimant { kOurs, kPeer, kRival };

class EventLog {
 public:
  // All outlive the log.
  EventLog(const InterfaceSource& interfaces, const Membership& membership, spdlog::logger& log)
      : interfaces_(interfaces), membership_(membership), log_(log) {}

  // Says nothing of what is ours.
  Claimant report(const Event& seen, LogLimit::TimePoint now);

 private:
  void say(const Event& seen, const Member* peer, LogLimit::TimePoint now);
  // Two interfaces on one segment hear each other's gratuitous frames; any MAC of this node is
  // ours.
  [[nodiscard]] bool is_ours(const MacAddress& mac) const;
  // The member that has this MAC, by its Lease: a peer. Everybody else is a rival.
  [[nodiscard]] const Member* peer(const MacAddress& mac) const;
  void conflict(const std::string& address, const std::string& interface, const MacAddress& mac,
                const Member* peer);

  const InterfaceSource& interfaces_;
  const Membership& membership_;
  spdlog::logger& log_;
  std::array<LogLimit, EVENT_KIND_COUNT> limits_;  // apart, so that claims cannot drown a conflict
};

}  // namespace isat
