// SPDX-License-Identifier: Apache-2.0
// Says what the responder saw of others who claim our addresses, and not more often than is useful.
#pragma once

#include <spdlog/logger.h>

#include <array>

#include "control/log_limit.h"
#include "dataplane/event_reader.h"
#include "dataplane/interface_source.h"

namespace isat {

class EventLog {
 public:
  // Both outlive the log.
  EventLog(const InterfaceSource& interfaces, spdlog::logger& log)
      : interfaces_(interfaces), log_(log) {}

  void report(const Event& seen, LogLimit::TimePoint now);

 private:
  [[nodiscard]] bool is_ours(const MacAddress& mac) const;

  const InterfaceSource& interfaces_;
  spdlog::logger& log_;
  std::array<LogLimit, EVENT_KIND_COUNT> limits_;  // apart, so that claims cannot drown a conflict
};

}  // namespace isat
