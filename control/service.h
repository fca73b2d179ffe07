// SPDX-License-Identifier: Apache-2.0
// A Service of type LoadBalancer and our class, as far as announcing goes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/labels.h"
#include "dataplane/address.h"

namespace isat {

struct Service {
  std::string name{};     // "namespace/name"
  std::string created{};  // as the API writes it, which sorts as time does
  Labels labels{};
  // Those of status.loadBalancer.ingress that a host may own, in its order, each once.
  std::vector<Address> addresses{};
  std::vector<std::string> skipped{};  // why an address was left out, one line each
  bool local = false;                  // externalTrafficPolicy: only nodes with an endpoint
  bool shares = false;                 // annotated to share its addresses, whatever the key

  bool operator==(const Service&) const = default;
};

// Nothing unless the Service is of type LoadBalancer and its loadBalancerClass is
// `load_balancer_class` (empty = only those without a class). Every ingress address counts,
// whatever its ipMode: "Proxy" tells kube-proxy where the traffic must enter, and that entry must
// still be found on the network. A Service that is being deleted keeps its addresses until it is
// gone.
[[nodiscard]] std::optional<Service> parse_service(const nlohmann::json& object,
                                                   const std::string& load_balancer_class);

}  // namespace isat
