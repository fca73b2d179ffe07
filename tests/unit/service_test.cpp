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
  for (const auto& assignment : parse_service(object, load_balancer_class).assignments) {
    EXPECT_EQ(assignment.key.owner, "web/shop");
    EXPECT_THAT(assignment.interfaces, IsEmpty());
    addresses.push_back(assignment.key.address.to_string());
  }
  return addresses;
}

TEST(Service, EveryIngressAddressOfBothFamiliesOnce) {
  EXPECT_THAT(addresses(service(R"([{"ip": "2001:db8::10"}, {"ip": "192.0.2.10", "ipMode": "Proxy"},
                                    {"ip": "192.0.2.9"}, {"ip": "192.0.2.10"}])")),
              ElementsAre("192.0.2.9", "192.0.2.10", "2001:db8::10"));
}

TEST(Service, AHostnameIsNoAddressAndAWrongOneIsSkippedWithAReason) {
  const auto parsed = parse_service(
      service(R"([{"hostname": "lb.example"}, {"ip": "192.0.2.300"}, {"ip": "192.0.2.1"}])"), "");
  EXPECT_EQ(parsed.name, "web/shop");
  EXPECT_EQ(parsed.assignments.size(), 1U);
  EXPECT_THAT(parsed.skipped, ElementsAre(HasSubstr("192.0.2.300")));
}

TEST(Service, OnlyOfTypeLoadBalancerAndOfTheClassAskedFor) {
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
    const auto parsed = parse_service(json::parse(text), "");
    EXPECT_THAT(parsed.assignments, IsEmpty()) << text;
    EXPECT_EQ(parsed.name, "") << text;
  }
}

}  // namespace
}  // namespace isat
