// SPDX-License-Identifier: Apache-2.0
// EndpointSlices and Nodes as the API writes them.
#include "control/endpoint_slice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/cluster_node.h"

namespace isat {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

json slice(const json& endpoints) {
  return {{"metadata",
           {{"namespace", "web"},
            {"name", "shop-1"},
            {"labels", {{"kubernetes.io/service-name", "shop"}}}}},
          {"endpoints", endpoints}};
}

TEST(EndpointSlice, L15TheNodesOfEndpointsThatSayOne) {
  const auto parsed = parse_endpoint_slice(
      slice({{{"nodeName", "b"}}, {{"nodeName", "a"}}, {{"nodeName", "b"}}, json::object()}));
  EXPECT_EQ(parsed.name, "web/shop-1");
  EXPECT_EQ(parsed.service, "web/shop");
  EXPECT_EQ(parsed.endpoints.count, 4u);
  EXPECT_THAT(parsed.endpoints.nodes, ElementsAre("a", "b"));
}

TEST(EndpointSlice, L16ReadyOrSilentAboutItOrServingOn) {
  struct Row {
    json conditions;
    bool serves;
  };
  for (const auto& [conditions, serves] :
       {Row{json::object(), true}, Row{nullptr, true}, Row{{{"ready", nullptr}}, true},
        Row{{{"ready", true}}, true}, Row{{{"ready", false}}, false},
        Row{{{"ready", false}, {"serving", true}, {"terminating", true}}, true},
        Row{{{"ready", false}, {"serving", false}}, false},
        Row{{{"ready", true}, {"serving", false}}, true}}) {
    const auto parsed =
        parse_endpoint_slice(slice({{{"nodeName", "a"}, {"conditions", conditions}}}));
    EXPECT_EQ(parsed.endpoints.count, serves ? 1u : 0u) << conditions;
    EXPECT_EQ(parsed.endpoints.nodes.size(), serves ? 1U : 0U) << conditions;
  }
}

TEST(EndpointSlice, AnyOtherShapeOfJsonHasNoEndpoints) {
  for (const auto* text : {"null", "[]", "7", "\"a\"", "[7, null, []]"}) {
    const auto parsed = parse_endpoint_slice(slice(json::parse(text)));
    EXPECT_THAT(parsed.endpoints.nodes, IsEmpty()) << text;
  }
  EXPECT_EQ(parse_endpoint_slice(json::parse("[]")).service, "");
}

TEST(ClusterNode, L18OnlyATrueConditionMakesTheNetworkUnavailable) {
  const auto unavailable = [](const json& conditions) {
    return parse_cluster_node(
               {{"metadata", {{"name", "a"}}}, {"status", {{"conditions", conditions}}}})
        .network_unavailable;
  };
  const auto condition = [](const char* type, const char* status) {
    return json{{"type", type}, {"status", status}};
  };
  EXPECT_TRUE(unavailable({condition("Ready", "True"), condition("NetworkUnavailable", "True")}));
  EXPECT_FALSE(unavailable({condition("NetworkUnavailable", "Unknown")}));
  EXPECT_FALSE(unavailable({condition("NetworkUnavailable", "False")}));
  EXPECT_FALSE(unavailable({condition("Ready", "True")}));
  EXPECT_FALSE(unavailable(nullptr));
}

TEST(ClusterNode, L19TheExcludeLabelCountsWhateverItsValue) {
  const auto excluded = [](const json& labels) {
    return parse_cluster_node({{"metadata", {{"name", "a"}, {"labels", labels}}}}).excluded();
  };
  EXPECT_TRUE(excluded({{"node.kubernetes.io/exclude-from-external-load-balancers", ""}}));
  EXPECT_TRUE(excluded({{"node.kubernetes.io/exclude-from-external-load-balancers", "false"}}));
  EXPECT_FALSE(excluded({{"exclude-from-external-load-balancers", "true"}}));
}

}  // namespace
}  // namespace isat
