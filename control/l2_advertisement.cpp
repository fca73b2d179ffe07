// SPDX-License-Identifier: Apache-2.0
// MetalLB's L2Advertisement.
#include "control/l2_advertisement.h"

#include <algorithm>
#include <utility>

#include "control/json_field.h"
#include "control/spec_field.h"

namespace isat {
namespace {

constexpr int kLeastWeight = 1;
constexpr int kMostWeight = 100;

Result<std::vector<NodePreference>> read_preferences(const nlohmann::json& spec) {
  std::vector<NodePreference> preferences;
  const auto* list = json_field(spec, {"preferredNodeSelectors"});
  if (list == nullptr || !list->is_array()) return preferences;
  for (std::size_t place = 0; place < list->size(); ++place) {
    const auto& element = (*list)[place];
    const auto field = "spec.preferredNodeSelectors[" + std::to_string(place) + "]";
    const auto weight = number_field(element, {"weight"});
    if (weight < kLeastWeight || weight > kMostWeight) {
      return fail(field + ".weight: invalid preferred node selector: write 1 to 100");
    }
    const auto* written = json_field(element, {"preference"});
    if (written == nullptr) {
      return fail(field + ".preference: invalid preferred node selector: write a label selector");
    }
    auto nodes = LabelSelector::parse(*written);
    if (!nodes) {
      return fail(field + ".preference." + nodes.error().message);
    }
    preferences.push_back({static_cast<int>(weight), std::move(*nodes)});
  }
  return preferences;
}

// A name twice is no error to MetalLB, and means nothing.
std::vector<std::string> read_interfaces(const nlohmann::json& spec) {
  std::vector<std::string> interfaces;
  const auto* list = json_field(spec, {"interfaces"});
  if (list == nullptr || !list->is_array()) return interfaces;
  for (const auto& name : *list) {
    if (name.is_string()) interfaces.push_back(name.get<std::string>());
  }
  std::sort(interfaces.begin(), interfaces.end());
  interfaces.erase(std::unique(interfaces.begin(), interfaces.end()), interfaces.end());
  return interfaces;
}

}  // namespace

bool L2Advertisement::covers(const IpAddressPool& pool) const {
  if (pools.empty() && pool_selectors.empty()) return true;
  if (std::find(pools.begin(), pools.end(), pool.name) != pools.end()) return true;
  return std::any_of(pool_selectors.begin(), pool_selectors.end(),
                     [&](const auto& selector) { return selector.matches(pool.labels); });
}

int L2Advertisement::score(const Labels& node) const {
  int sum = 0;
  for (const auto& preference : preferences) {
    if (preference.nodes.matches(node)) sum += preference.weight;
  }
  return sum;
}

Result<L2Advertisement> parse_l2_advertisement(const nlohmann::json& object) {
  L2Advertisement advertisement;
  advertisement.name = text_field(object, {"metadata", "name"});
  if (advertisement.name.empty()) return fail("metadata.name: missing name; write one");
  const auto* written = json_field(object, {"spec"});
  if (written == nullptr) return advertisement;
  const auto& spec = *written;

  auto pools = read_texts(spec, "spec", "ipAddressPools");
  if (!pools) return tl::unexpected(pools.error());
  advertisement.pools = std::move(*pools);
  const std::pair<const char*, std::vector<LabelSelector>*> selectors[] = {
      {"ipAddressPoolSelectors", &advertisement.pool_selectors},
      {"nodeSelectors", &advertisement.node_selectors},
      {"serviceSelectors", &advertisement.service_selectors}};
  for (const auto& [field, into] : selectors) {
    auto read = read_selectors(spec, "spec", field);
    if (!read) return tl::unexpected(read.error());
    *into = std::move(*read);
  }
  auto preferences = read_preferences(spec);
  if (!preferences) return tl::unexpected(preferences.error());
  advertisement.preferences = std::move(*preferences);
  advertisement.interfaces = read_interfaces(spec);
  return advertisement;
}

}  // namespace isat
