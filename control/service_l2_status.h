// SPDX-License-Identifier: Apache-2.0
// MetalLB's ServiceL2Status objects and Events: what must be written for the API to say what this
// node announces. Pure decisions; who writes them sees to the rest.
#pragma once

#include <string>
#include <vector>

#include "control/api_reporter.h"
#include "control/holdings.h"

namespace isat {

struct ServiceL2Status {
  std::string name{};  // the object's; empty = the API server is to name it
  std::string node{};
  std::string service{};  // "namespace/name"; cannot change, and neither can `node`
  std::vector<std::string> interfaces{};
  bool blank = false;  // it exists, and its status is still to be written
  bool sound = true;   // its labels name the same node and Service
  std::string version{};

  bool operator==(const ServiceL2Status&) const = default;
};

struct StatusPlan {
  std::vector<ServiceL2Status> to_create{};
  std::vector<ServiceL2Status> to_update{};  // its interfaces
  std::vector<std::string> to_delete{};      // names

  bool operator==(const StatusPlan&) const = default;
};

// Who holds a Service removes what every other node said about it; who does not, only what it said
// itself, and what a hand in its labels has made unfit to be found. `known` are all there are.
[[nodiscard]] StatusPlan plan_statuses(const std::string& node, const Holdings& holdings,
                                       const std::vector<ServiceL2Status>& known);

// What an earlier speaker of this node has told, as far as the objects show it: no news.
[[nodiscard]] Holdings told_before(const std::string& node,
                                   const std::vector<ServiceL2Status>& known);

// One Event for each change, about the Service; its uid is the writer's to find.
[[nodiscard]] std::vector<ApiEvent> holding_events(const std::string& node, const Holdings& before,
                                                   const Holdings& now);

}  // namespace isat
