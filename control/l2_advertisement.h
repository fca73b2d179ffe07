// SPDX-License-Identifier: Apache-2.0
// MetalLB's L2Advertisement: which nodes may announce the addresses of which pools, for which
// Services, on which interfaces.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/ip_address_pool.h"
#include "control/label_selector.h"
#include "dataplane/result.h"

namespace isat {

struct NodePreference {
  int weight = 0;
  LabelSelector nodes{};

  bool operator==(const NodePreference&) const = default;
};

struct L2Advertisement {
  std::string name{};
  // Both empty = every pool; a name that no pool has is no error.
  std::vector<std::string> pools{};
  std::vector<LabelSelector> pool_selectors{};
  std::vector<LabelSelector> node_selectors{};     // empty = every node
  std::vector<LabelSelector> service_selectors{};  // empty = every Service
  std::vector<NodePreference> preferences{};
  std::vector<std::string> interfaces{};  // names; empty = every one the speaker serves

  [[nodiscard]] bool covers(const IpAddressPool& pool) const;
  [[nodiscard]] int score(const Labels& node) const;  // the sum of the weights that apply

  bool operator==(const L2Advertisement&) const = default;
};

// An error is "FIELD: problem; mend".
[[nodiscard]] Result<L2Advertisement> parse_l2_advertisement(const nlohmann::json& object);

}  // namespace isat
