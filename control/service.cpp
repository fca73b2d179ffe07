// SPDX-License-Identifier: Apache-2.0
// What a Kubernetes Service says about addresses.
#include "control/service.h"

#include <algorithm>

#include "control/address_range.h"
#include "control/json_field.h"

namespace isat {

std::string service_name(const nlohmann::json& object) {
  const auto name = text_field(object, {"metadata", "name"});
  return name.empty() ? name : text_field(object, {"metadata", "namespace"}) + "/" + name;
}

Service parse_service(const nlohmann::json& object, const std::string& load_balancer_class) {
  Service service{service_name(object), {}, {}};
  if (text_field(object, {"spec", "type"}) != "LoadBalancer") return service;
  if (text_field(object, {"spec", "loadBalancerClass"}) != load_balancer_class) return service;
  const auto* ingress = json_field(object, {"status", "loadBalancer", "ingress"});
  if (ingress == nullptr || !ingress->is_array()) return service;
  for (const auto& entry : *ingress) {
    const auto ip = text_field(entry, {"ip"});
    if (ip.empty()) continue;  // a hostname: nothing to answer for
    const auto address = Address::parse(ip);
    // The API takes addresses that no host may own; what the file source refuses is refused here.
    const auto ownable = address ? AddressRange::parse(address->to_string())
                                 : Result<AddressRange>(tl::unexpected(address.error()));
    if (ownable) {
      service.assignments.push_back({{service.name, *address}, {}});
    } else {
      service.skipped.push_back(ownable.error().message);
    }
  }
  auto& assignments = service.assignments;
  std::sort(assignments.begin(), assignments.end());
  assignments.erase(std::unique(assignments.begin(), assignments.end()), assignments.end());
  return service;
}

}  // namespace isat
