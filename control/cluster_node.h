// SPDX-License-Identifier: Apache-2.0
// What the API says about a node, as far as announcing goes. Whether it is Ready, cordoned or
// tainted is not part of it: pods leave such a node in their own time, addresses with them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/labels.h"

namespace isat {

struct ClusterNode {
  std::string name{};
  Labels labels{};
  bool network_unavailable = false;  // the condition is True; Unknown and absent are not

  // The label by which a node asks for no load balancer's traffic; whatever its value.
  [[nodiscard]] bool excluded() const {
    return labels.contains("node.kubernetes.io/exclude-from-external-load-balancers");
  }
  bool operator==(const ClusterNode&) const = default;
};

[[nodiscard]] ClusterNode parse_cluster_node(const nlohmann::json& object);

}  // namespace isat
