// SPDX-License-Identifier: Apache-2.0
// MetalLB's resources as their users wrote them.
#include "control/metallb_resources.h"

#include <nlohmann/json.hpp>

#include "control/object_name.h"

namespace isat {
namespace {

// The cluster knows them without their namespace: there is but one.
std::string bare(const std::string& name) {
  return name.substr(name.find('/') + 1);
}

}  // namespace

void MetallbResources::put_pool(const nlohmann::json& object) {
  auto pool = parse_ip_address_pool(object);
  note(pools_, "IPAddressPool", object, pool ? "" : pool.error().message);
  if (pool) cluster_.put(std::move(*pool));
}

void MetallbResources::put_advertisement(const nlohmann::json& object) {
  auto advertisement = parse_l2_advertisement(object);
  note(advertisements_, "L2Advertisement", object,
       advertisement ? "" : advertisement.error().message);
  if (advertisement) cluster_.put(std::move(*advertisement));
}

void MetallbResources::erase_pool(const std::string& name) {
  pools_.erase(name);
  cluster_.erase_pool(bare(name));
}

void MetallbResources::erase_advertisement(const std::string& name) {
  advertisements_.erase(name);
  cluster_.erase_advertisement(bare(name));
}

void MetallbResources::look_for_overlaps() {
  const auto& overlaps = cluster_.overlaps();
  for (auto& [name, resource] : pools_) {
    const auto found = overlaps.find(bare(name));
    const auto now = found == overlaps.end() ? std::string() : found->second;
    if (std::exchange(resource.overlap, now) != now && !now.empty()) {
      tell_(resource.reference, now);
    }
  }
}

std::map<std::string, std::string> MetallbResources::problems() const {
  std::map<std::string, std::string> problems;
  for (const auto* resources : {&pools_, &advertisements_}) {
    for (const auto& [name, resource] : *resources) {
      const auto title = resource.reference.kind + " " + name;
      if (!resource.overlap.empty()) problems[title] = resource.overlap;
      if (!resource.problem.empty()) problems[title] = resource.problem;
    }
  }
  return problems;
}

std::vector<std::string> MetallbResources::names(const Resources& resources) {
  std::vector<std::string> names;
  names.reserve(resources.size());
  for (const auto& [name, resource] : resources) names.push_back(name);
  return names;
}

void MetallbResources::note(Resources& resources, const char* kind, const nlohmann::json& object,
                            const std::string& problem) {
  auto& resource = resources[object_name(object)];
  resource.reference = {kApiVersion, kind, text_field(object, {"metadata", "namespace"}),
                        text_field(object, {"metadata", "name"}),
                        text_field(object, {"metadata", "uid"})};
  if (std::exchange(resource.problem, problem) != problem && !problem.empty()) {
    tell_(resource.reference, problem);
  }
}

}  // namespace isat
