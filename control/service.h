// SPDX-License-Identifier: Apache-2.0
// What a Kubernetes Service says about addresses.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/assignment.h"

namespace isat {

struct Service {
  std::string name;                     // "namespace/name"
  std::vector<Assignment> assignments;  // owned by `name`; ordered, no two alike
  std::vector<std::string> skipped;     // why an address was left out, one line each

  bool operator==(const Service&) const = default;
};

// "namespace/name", or empty if the object has no name.
[[nodiscard]] std::string service_name(const nlohmann::json& object);

// Only a Service of type LoadBalancer has assignments, and of those only one whose
// loadBalancerClass is `load_balancer_class` (empty = only those without a class). Every
// status.loadBalancer.ingress[].ip counts, whatever its ipMode: "Proxy" tells kube-proxy where the
// traffic must enter, and that entry must still be found on the network. A Service that is being
// deleted keeps its addresses until it is gone.
[[nodiscard]] Service parse_service(const nlohmann::json& object,
                                    const std::string& load_balancer_class);

}  // namespace isat
