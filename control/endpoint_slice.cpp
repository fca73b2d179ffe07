// SPDX-License-Identifier: Apache-2.0
// The part of a Service's endpoints that one EndpointSlice tells.
#include "control/endpoint_slice.h"

#include "control/json_field.h"
#include "control/object_name.h"

namespace isat {
namespace {

bool can_serve(const nlohmann::json& endpoint) {
  const auto holds = [&](std::string_view condition, bool when_absent) {
    const auto* value = json_field(endpoint, {"conditions", condition});
    return value == nullptr || !value->is_boolean() ? when_absent : value->get<bool>();
  };
  return holds("ready", true) || holds("serving", false);
}

}  // namespace

EndpointSlice parse_endpoint_slice(const nlohmann::json& object) {
  EndpointSlice slice{object_name(object)};
  const auto service = text_field(object, {"metadata", "labels", "kubernetes.io/service-name"});
  if (!service.empty()) {
    slice.service = text_field(object, {"metadata", "namespace"}) + "/" + service;
  }
  const auto* endpoints = json_field(object, {"endpoints"});
  if (endpoints == nullptr || !endpoints->is_array()) return slice;
  for (const auto& endpoint : *endpoints) {
    if (!can_serve(endpoint)) continue;
    ++slice.endpoints.count;
    const auto node = text_field(endpoint, {"nodeName"});
    if (!node.empty()) slice.endpoints.nodes.insert(node);
  }
  return slice;
}

}  // namespace isat
