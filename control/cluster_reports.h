// SPDX-License-Identifier: Apache-2.0
// All that the speaker says at the Kubernetes API beyond its Lease.
#pragma once

#include <spdlog/logger.h>

#include <asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>

#include "control/api_events.h"
#include "control/api_writer.h"
#include "control/http_client.h"
#include "control/jittered_backoff.h"
#include "control/l2_status_writer.h"

namespace isat {

class ClusterReports {
 public:
  ClusterReports(asio::io_context& loop, const ClusterAccess& access,
                 const L2StatusSettings& settings, const Random& random,
                 L2StatusWriter::CurrentHoldings holdings,
                 const std::shared_ptr<spdlog::logger>& log)
      : client_(loop),
        writer_(client_, access),
        events_(loop, writer_, settings.node, random, log),
        statuses_(loop, client_, access, settings, random, std::move(holdings), events_, log) {}

  void start() { statuses_.start(); }
  void stop() {
    statuses_.stop();
    events_.stop();
  }
  void review() { statuses_.review(); }
  [[nodiscard]] ApiReporter& events() { return events_; }

  // What cannot be written → why not; as in SpeakerState::failures.
  [[nodiscard]] std::map<std::string, std::string> troubles() const {
    std::map<std::string, std::string> troubles;
    if (!events_.trouble().empty()) troubles.emplace("Events", events_.trouble());
    if (!statuses_.trouble().empty()) troubles.emplace("ServiceL2Status", statuses_.trouble());
    return troubles;
  }

 private:
  HttpClient client_;
  ApiWriter writer_;
  ApiEvents events_;
  L2StatusWriter statuses_;
};

}  // namespace isat
