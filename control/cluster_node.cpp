// SPDX-License-Identifier: Apache-2.0
// What the API says about a node.
#include "control/cluster_node.h"

#include <algorithm>

#include "control/json_field.h"

namespace isat {

ClusterNode parse_cluster_node(const nlohmann::json& object) {
  ClusterNode node{text_field(object, {"metadata", "name"}), labels_of(object)};
  const auto* conditions = json_field(object, {"status", "conditions"});
  node.network_unavailable = conditions != nullptr && conditions->is_array() &&
                             std::any_of(conditions->begin(), conditions->end(), [](auto& each) {
                               return text_field(each, {"type"}) == "NetworkUnavailable" &&
                                      text_field(each, {"status"}) == "True";
                             });
  return node;
}

}  // namespace isat
