// SPDX-License-Identifier: Apache-2.0
// News of Services turned into differences of assignments.
#include "control/service_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json service(const std::string& name, const std::vector<std::string>& ips) {
  json ingress = json::array();
  for (const auto& ip : ips) ingress.push_back({{"ip", ip}});
  return {{"metadata", {{"namespace", "n"}, {"name", name}}},
          {"spec", {{"type", "LoadBalancer"}}},
          {"status", {{"loadBalancer", {{"ingress", ingress}}}}}};
}

// "+owner address" for each added, "-owner address" for each removed.
std::vector<std::string> spelt(const ServiceTable::Change& change) {
  std::vector<std::string> lines;
  for (const auto& [key, interfaces] : change.assignments.added) {
    lines.push_back("+" + key.owner + " " + key.address.to_string());
  }
  for (const auto& key : change.assignments.removed) {
    lines.push_back("-" + key.owner + " " + key.address.to_string());
  }
  return lines;
}

TEST(ServiceTable, TellsOnlyWhatChanged) {
  ServiceTable table("");
  EXPECT_THAT(spelt(table.changed(service("a", {"192.0.2.1", "192.0.2.2"}))),
              ElementsAre("+n/a 192.0.2.1", "+n/a 192.0.2.2"));
  EXPECT_THAT(spelt(table.changed(service("a", {"192.0.2.2", "192.0.2.1"}))), IsEmpty());
  EXPECT_THAT(spelt(table.changed(service("a", {"192.0.2.2", "192.0.2.3"}))),
              ElementsAre("+n/a 192.0.2.3", "-n/a 192.0.2.1"));
  EXPECT_THAT(spelt(table.changed(service("b", {"192.0.2.2"}))), ElementsAre("+n/b 192.0.2.2"));
  EXPECT_THAT(spelt(table.changed(service("a", {}))),
              ElementsAre("-n/a 192.0.2.2", "-n/a 192.0.2.3"));
  EXPECT_THAT(spelt(table.deleted(service("b", {}))), ElementsAre("-n/b 192.0.2.2"));
  EXPECT_THAT(spelt(table.deleted(service("b", {"192.0.2.2"}))), IsEmpty());
}

TEST(ServiceTable, AServiceOfAnotherTypeNowGivesItsAddressesUp) {
  ServiceTable table("");
  auto object = service("a", {"192.0.2.1"});
  EXPECT_THAT(spelt(table.changed(object)), ElementsAre("+n/a 192.0.2.1"));
  object["spec"]["type"] = "ClusterIP";
  EXPECT_THAT(spelt(table.changed(object)), ElementsAre("-n/a 192.0.2.1"));
}

TEST(ServiceTable, AListIsTheWhole) {
  ServiceTable table("");
  table.begin_list();
  table.list(service("dropped", {"192.0.2.9"}));
  table.begin_list();  // begun anew
  table.list(service("a", {"192.0.2.1"}));
  table.list(service("b", {"192.0.2.2"}));
  EXPECT_THAT(spelt(table.end_list()),
              testing::UnorderedElementsAre("+n/a 192.0.2.1", "+n/b 192.0.2.2"));
  table.begin_list();
  table.list(service("b", {"192.0.2.2"}));
  table.list(service("c", {"192.0.2.3"}));
  EXPECT_THAT(spelt(table.end_list()), ElementsAre("+n/c 192.0.2.3", "-n/a 192.0.2.1"));
  EXPECT_THAT(spelt(table.deleted(service("a", {}))), IsEmpty());
}

TEST(ServiceTable, TellsAReasonOnce) {
  ServiceTable table("");
  const auto object = service("a", {"192.0.2.300"});
  EXPECT_THAT(table.changed(object).skipped, ElementsAre(HasSubstr("n/a: ")));
  EXPECT_THAT(table.changed(object).skipped, IsEmpty());
  table.begin_list();
  table.list(object);
  EXPECT_THAT(table.end_list().skipped, IsEmpty());
}

}  // namespace
}  // namespace isat
