// SPDX-License-Identifier: Apache-2.0
// A Service of type LoadBalancer and our class.
#include "control/service.h"

#include <algorithm>

#include "control/address_range.h"
#include "control/json_field.h"
#include "control/object_name.h"

namespace isat {
namespace {

void read_ingress(const nlohmann::json& object, Service& service) {
  const auto* ingress = json_field(object, {"status", "loadBalancer", "ingress"});
  if (ingress == nullptr || !ingress->is_array()) return;
  for (const auto& entry : *ingress) {
    const auto ip = text_field(entry, {"ip"});
    if (ip.empty()) continue;  // a hostname: nothing to answer for
    const auto address = Address::parse(ip);
    // The API takes addresses that no host may own; what the file source refuses is refused here.
    const auto ownable = address ? AddressRange::parse(address->to_string())
                                 : Result<AddressRange>(tl::unexpected(address.error()));
    auto& addresses = service.addresses;
    if (!ownable) {
      service.skipped.push_back(ownable.error().message);
    } else if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
}

}  // namespace

std::optional<Service> parse_service(const nlohmann::json& object,
                                     const std::string& load_balancer_class) {
  Service service{object_name(object)};
  if (service.name.empty()) return std::nullopt;
  if (text_field(object, {"spec", "type"}) != "LoadBalancer") return std::nullopt;
  if (text_field(object, {"spec", "loadBalancerClass"}) != load_balancer_class) return std::nullopt;
  service.created = text_field(object, {"metadata", "creationTimestamp"});
  service.labels = labels_of(object);
  service.local = text_field(object, {"spec", "externalTrafficPolicy"}) == "Local";
  for (const auto* annotation :
       {"metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip"}) {
    service.shares =
        service.shares || json_field(object, {"metadata", "annotations", annotation}) != nullptr;
  }
  read_ingress(object, service);
  return service;
}

}  // namespace isat
