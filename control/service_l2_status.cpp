// SPDX-License-Identifier: Apache-2.0
// MetalLB's ServiceL2Status objects and Events.
#include "control/service_l2_status.h"

#include <set>

namespace isat {
namespace {

bool announced(const Holding& holding) {
  return holding.unreachable.empty();
}

ObjectReference reference_to(const std::string& service) {
  const auto slash = service.find('/');
  return {"v1", "Service", service.substr(0, slash), service.substr(slash + 1), ""};
}

}  // namespace

StatusPlan plan_statuses(const std::string& node, const Holdings& holdings,
                         const std::vector<ServiceL2Status>& known) {
  StatusPlan plan;
  std::set<std::string> said;
  for (const auto& status : known) {
    const auto held = holdings.find(status.service);
    const bool ours = status.node == node;
    if (held == holdings.end() || !announced(held->second)) {
      if (ours) plan.to_delete.push_back(status.name);
      continue;
    }
    if (!ours || !status.sound || !said.insert(status.service).second) {
      plan.to_delete.push_back(status.name);
      continue;
    }
    if (!status.blank && status.interfaces == held->second.interfaces) continue;
    plan.to_update.push_back({status.name, node, status.service, held->second.interfaces});
  }
  for (const auto& [service, holding] : holdings) {
    if (!announced(holding) || said.contains(service)) continue;
    plan.to_create.push_back({"", node, service, holding.interfaces});
  }
  return plan;
}

Holdings told_before(const std::string& node, const std::vector<ServiceL2Status>& known) {
  Holdings told;
  for (const auto& status : known) {
    if (status.node == node) told[status.service] = {status.interfaces, ""};
  }
  return told;
}

std::vector<ApiEvent> holding_events(const std::string& node, const Holdings& before,
                                     const Holdings& now) {
  std::vector<ApiEvent> events;
  for (const auto& [service, holding] : now) {
    const auto was = before.find(service);
    const bool fresh = was == before.end();
    if (announced(holding)) {
      if (!fresh && announced(was->second)) continue;
      events.push_back({reference_to(service), ApiEvent::Type::kNormal, "nodeAssigned",
                        "announcing from node \"" + node + "\" with protocol \"layer2\""});
    } else if (fresh || was->second.unreachable != holding.unreachable) {
      events.push_back({reference_to(service), ApiEvent::Type::kWarning, "announceFailed",
                        "the interfaces specified by LB IP \"" + holding.unreachable +
                            "\" doesn't exist in assigned node \"" + node +
                            "\" with protocol \"layer2\""});
    }
  }
  return events;
}

}  // namespace isat
