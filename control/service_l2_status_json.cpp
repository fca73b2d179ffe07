// SPDX-License-Identifier: Apache-2.0
// ServiceL2Status objects as the API has them.
#include "control/service_l2_status_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "control/json_field.h"

namespace isat {
namespace {

using nlohmann::json;

constexpr auto kNode = "metallb.io/node";
constexpr auto kServiceName = "metallb.io/service-name";
constexpr auto kServiceNamespace = "metallb.io/service-namespace";

// Namespace and name of "namespace/name".
std::pair<std::string, std::string> parts_of(const std::string& service) {
  const auto slash = service.find('/');
  return {service.substr(0, slash), service.substr(slash + 1)};
}

std::string label(const json& object, const char* name) {
  return text_field(object, {"metadata", "labels", name});
}

std::vector<std::string> interfaces_of(const json& object) {
  std::vector<std::string> names;
  const auto* interfaces = json_field(object, {"status", "interfaces"});
  if (interfaces == nullptr || !interfaces->is_array()) return names;
  for (const auto& each : *interfaces) names.push_back(text_field(each, {"name"}));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

ServiceL2Status parse_service_l2_status(const json& object) {
  const auto labelled_node = label(object, kNode);
  const auto labelled_service =
      label(object, kServiceNamespace) + "/" + label(object, kServiceName);
  ServiceL2Status status{text_field(object, {"metadata", "name"}),
                         text_field(object, {"status", "node"})};
  status.version = text_field(object, {"metadata", "resourceVersion"});
  status.blank = status.node.empty();
  if (status.blank) {
    status.node = labelled_node;
    status.service = labelled_service;
    return status;
  }
  status.service = text_field(object, {"status", "serviceNamespace"}) + "/" +
                   text_field(object, {"status", "serviceName"});
  status.interfaces = interfaces_of(object);
  status.sound = labelled_node == status.node && labelled_service == status.service;
  return status;
}

json new_status_json(const ServiceL2Status& status, const std::string& namespace_name,
                     const PodReference& pod) {
  const auto [space, name] = parts_of(status.service);
  json metadata{
      {"generateName", "l2-"},
      {"namespace", namespace_name},
      {"labels", {{kNode, status.node}, {kServiceName, name}, {kServiceNamespace, space}}}};
  if (!pod.name.empty() && !pod.uid.empty()) {
    metadata["ownerReferences"] = json::array(
        {{{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", pod.name}, {"uid", pod.uid}}});
  }
  return {{"apiVersion", "metallb.io/v1beta1"},
          {"kind", "ServiceL2Status"},
          {"metadata", std::move(metadata)}};
}

json status_patch_json(const ServiceL2Status& status) {
  const auto [space, name] = parts_of(status.service);
  json interfaces;  // null: the field goes
  for (const auto& each : status.interfaces) interfaces.push_back({{"name", each}});
  return {{"status",
           {{"node", status.node},
            {"serviceName", name},
            {"serviceNamespace", space},
            {"interfaces", std::move(interfaces)}}}};
}

}  // namespace isat
