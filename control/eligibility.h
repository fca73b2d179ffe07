// SPDX-License-Identifier: Apache-2.0
// May a Service be announced, and by which nodes: MetalLB's rules, in its order, as pure functions.
// Each is asked once for what many Services have in common.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/candidacy.h"
#include "control/cluster_node.h"
#include "control/endpoint_slice.h"
#include "control/l2_advertisement.h"
#include "control/refusal.h"
#include "control/service.h"
#include "control/service_standing.h"

namespace isat {

using Advertisements = std::vector<const L2Advertisement*>;  // ordered by name; never null
using Nodes = std::map<std::string, ClusterNode>;            // by name

struct EligibilityRules {
  bool ignore_exclude_label = false;  // MetalLB's --ignore-exclude-lb
};

struct Admission {
  std::optional<Refusal> refusal{};  // present: nobody may announce the Service
  Advertisements advertisements{};   // else: those that apply to it, at least one
};

// `pool` has all of the Service's addresses (null = no pool does), `covering` are the
// advertisements of that pool.
[[nodiscard]] Admission admit(const Service& service, const IpAddressPool* pool,
                              const Advertisements& covering, const Endpoints& endpoints);

// Nothing when the node may not announce what these advertise. Interfaces are the union of what
// they name, as patterns; one that names none means all.
[[nodiscard]] std::optional<NodeTerms> terms_of(const ClusterNode& node,
                                                const Advertisements& advertisements,
                                                const EligibilityRules& rules);
[[nodiscard]] Candidacy candidacy_of(const Nodes& nodes, const Advertisements& advertisements,
                                     const EligibilityRules& rules);

// With externalTrafficPolicy Local, only nodes with an endpoint that can serve.
[[nodiscard]] Candidacy with_endpoints(const Candidacy& candidacy, const Endpoints& endpoints);

// Why this node is no candidate for a Service that is admitted; nothing if it is one.
[[nodiscard]] std::optional<Refusal> refusal_on(const std::string& name, const Nodes& nodes,
                                                const Service& service,
                                                const Advertisements& advertisements,
                                                const Endpoints& endpoints,
                                                const EligibilityRules& rules);

// What speaks for it there, refused or not; of pools it knows nothing.
[[nodiscard]] ServiceStanding standing_on(const std::string& name, const Nodes& nodes,
                                          const Service& service,
                                          const Advertisements& advertisements,
                                          const Endpoints& endpoints,
                                          const EligibilityRules& rules);

}  // namespace isat
