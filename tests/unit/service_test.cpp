// SPDX-License-Identifier: Apache-2.0
// Services as the API writes them, and the assignments in them.
#include "control/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json service(const std::string& ingress, const std::string& spec = R"({"type": "LoadBalancer"})") {
  return json::parse(R"({"metadata": {"namespace": "web", "name": "shop"}, "spec": )" + spec +
                     R"(, "status": {"loadBalancer": {"ingress": )" + ingress + "}}}");
}

std::vector<std::string> addresses(const json& object,
                                   const std::string& load_balancer_class = "") {
  std::vector<std::string> addresses;
  const auto parsed = parse_service(object, load_balancer_class);
  if (!parsed) return addresses;
  EXPECT_EQ(parsed->name, "web/shop");
  for (const auto& address : parsed->addresses) addresses.push_back(address.to_string());
  return addresses;
}

TEST(Service, EveryIngressAddressOfBothFamiliesOnceInTheirOrder) {
  EXPECT_THAT(addresses(service(R"([{"ip": "2001:db8::10"}, {"ip": "192.0.2.10", "ipMode": "Proxy"},
                                    {"ip": "192.0.2.9"}, {"ip": "192.0.2.10"}])")),
              ElementsAre("2001:db8::10", "192.0.2.10", "192.0.2.9"));
}

TEST(Service, AHostnameIsNoAddressAndAWrongOneIsSkippedWithAReason) {
  const auto parsed = parse_service(
      service(R"([{"hostname": "lb.example"}, {"ip": "192.0.2.300"}, {"ip": "192.0.2.1"}])"), "");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->addresses.size(), 1U);
  EXPECT_THAT(parsed->skipped, ElementsAre(HasSubstr("192.0.2.300")));
}

TEST(Service, L12SharesWithEitherAnnotationWhateverItsValue) {
  const auto shares = [](const char* annotation) {
    auto object = service("[]");
    object["metadata"]["annotations"] = {{annotation, ""}};
    return parse_service(object, "")->shares;
  };
  EXPECT_TRUE(shares("metallb.io/allow-shared-ip"));
  EXPECT_TRUE(shares("metallb.universe.tf/allow-shared-ip"));
  EXPECT_FALSE(shares("metallb.io/address-pool"));
}

TEST(Service, KnowsItsAgeItsLabelsAndItsTrafficPolicy) {
  auto object = service("[]", R"({"type": "LoadBalancer", "externalTrafficPolicy": "Local"})");
  object["metadata"]["creationTimestamp"] = "2026-01-02T03:04:05Z";
  object["metadata"]["labels"] = {{"tier", "front"}};
  const auto parsed = parse_service(object, "");
  EXPECT_EQ(parsed->created, "2026-01-02T03:04:05Z");
  EXPECT_EQ(parsed->labels, (Labels{{"tier", "front"}}));
  EXPECT_TRUE(parsed->local);
  EXPECT_FALSE(parse_service(service("[]"), "")->local);
}

TEST(Service, L25OnlyOfTypeLoadBalancerAndOfTheClassAskedFor) {
  const std::string ingress = R"([{"ip": "192.0.2.1"}])";
  const std::string classed = R"({"type": "LoadBalancer", "loadBalancerClass": "a.example/l2"})";
  EXPECT_THAT(addresses(service(ingress, R"({"type": "ClusterIP"})")), IsEmpty());
  EXPECT_THAT(addresses(service(ingress, classed)), IsEmpty());
  EXPECT_THAT(addresses(service(ingress, classed), "a.example/l2"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(addresses(service(ingress, classed), "b.example/l2"), IsEmpty());
  EXPECT_THAT(addresses(service(ingress), "a.example/l2"), IsEmpty());
}

TEST(Service, KeepsItsAddressesWhileItIsBeingDeleted) {
  auto object = service(R"([{"ip": "192.0.2.1"}])");
  object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_THAT(addresses(object), ElementsAre("192.0.2.1"));
}

TEST(Service, AnyOtherShapeOfJsonIsNoAddress) {
  for (const auto* ingress : {"null", "{}", "7", R"(["192.0.2.1"])", R"([{"ip": 7}])", "[[]]"}) {
    EXPECT_THAT(addresses(service(ingress)), IsEmpty()) << ingress;
  }
  for (const auto* text : {"null", "[]", "\"x\"", "{}", R"({"metadata": [], "spec": 1})",
                           R"({"spec": {"type": "LoadBalancer"}, "status": []})"}) {
    EXPECT_FALSE(parse_service(json::parse(text), "")) << text;
  }
}

}  // namespace
}  // namespace isat
