// SPDX-License-Identifier: Apache-2.0
// Which ServiceL2Status objects and Events there must be.
#include "control/service_l2_status.h"

#include "control/service_l2_status_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ServiceL2Status status(const std::string& name, const std::string& node, const std::string& service,
                       const std::vector<std::string>& interfaces = {}) {
  return {name, node, service, interfaces};
}

TEST(ServiceL2Status, L23TheHolderSaysSoOnce) {
  const Holdings holdings{{"n/web", {{"eth0"}, ""}}, {"n/dns", {}}};
  const auto plan = plan_statuses("a", holdings, {});
  EXPECT_THAT(plan.to_create,
              ElementsAre(status("", "a", "n/dns"), status("", "a", "n/web", {"eth0"})));
  EXPECT_THAT(plan.to_delete, IsEmpty());
  EXPECT_EQ(plan_statuses("a", holdings,
                          {status("l2-1", "a", "n/dns"), status("l2-2", "a", "n/web", {"eth0"})}),
            StatusPlan{});
}

TEST(ServiceL2Status, L23TheHolderDeletesTheOthersAndALoserOnlyItsOwn) {
  const std::vector<ServiceL2Status> known{
      status("l2-1", "a", "n/web"), status("l2-2", "b", "n/web"), status("l2-3", "b", "n/dns")};
  EXPECT_THAT(plan_statuses("a", {{"n/web", {}}}, known).to_delete, ElementsAre("l2-2"));
  EXPECT_THAT(plan_statuses("c", {}, known).to_delete, IsEmpty());
  EXPECT_THAT(plan_statuses("b", {{"n/dns", {}}}, known).to_delete, ElementsAre("l2-2"));
  const auto twice = plan_statuses("a", {{"n/web", {}}},
                                   {status("l2-1", "a", "n/web"), status("l2-9", "a", "n/web")});
  EXPECT_THAT(twice.to_delete, ElementsAre("l2-9"));
  EXPECT_THAT(twice.to_create, IsEmpty());
}

TEST(ServiceL2Status, L24OnlyInterfacesAreEverChanged) {
  const auto plan =
      plan_statuses("a", {{"n/web", {{"eth1"}, ""}}}, {status("l2-1", "a", "n/web", {"eth0"})});
  EXPECT_THAT(plan.to_update, ElementsAre(status("l2-1", "a", "n/web", {"eth1"})));
  EXPECT_THAT(plan.to_create, IsEmpty());
  EXPECT_THAT(plan.to_delete, IsEmpty());
}

TEST(ServiceL2Status, WhatCannotBeAnnouncedHasNone) {
  const Holdings holdings{{"n/web", {{}, "192.0.2.1"}}};
  EXPECT_EQ(plan_statuses("a", holdings, {}), StatusPlan{});
  EXPECT_THAT(plan_statuses("a", holdings, {status("l2-1", "a", "n/web")}).to_delete,
              ElementsAre("l2-1"));
}

TEST(ServiceL2Status, L23ABlankOneIsFilledAndOneThatIsMislabelledReplaced) {
  auto blank = status("l2-1", "a", "n/web");
  blank.blank = true;
  EXPECT_THAT(plan_statuses("a", {{"n/web", {}}}, {blank}).to_update,
              ElementsAre(status("l2-1", "a", "n/web")));
  auto mislabelled = status("l2-1", "a", "n/web");
  mislabelled.sound = false;
  const auto plan = plan_statuses("a", {{"n/web", {}}}, {mislabelled});
  EXPECT_THAT(plan.to_delete, ElementsAre("l2-1"));
  EXPECT_THAT(plan.to_create, ElementsAre(status("", "a", "n/web")));
}

TEST(ServiceL2Status, L23TheObjectIsMetallbs) {
  const auto made = status("", "a", "n/web", {"eth0", "eth1"});
  auto object = new_status_json(made, "isat-system", {"speaker-x", "uid-x"});
  const auto& metadata = object["metadata"];
  EXPECT_EQ(metadata["generateName"], "l2-");
  EXPECT_EQ(metadata["namespace"], "isat-system");
  EXPECT_EQ(metadata["labels"], nlohmann::json({{"metallb.io/node", "a"},
                                                {"metallb.io/service-name", "web"},
                                                {"metallb.io/service-namespace", "n"}}));
  EXPECT_EQ(metadata["ownerReferences"][0],
            nlohmann::json(
                {{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", "speaker-x"}, {"uid", "uid-x"}}));
  EXPECT_FALSE(new_status_json(made, "isat-system", {"speaker-x", ""})["metadata"].contains(
      "ownerReferences"));
  // As the API has it before its status was written, and after.
  object["metadata"]["name"] = "l2-1";
  object["metadata"]["resourceVersion"] = "5";
  auto read = parse_service_l2_status(object);
  EXPECT_TRUE(read.blank);
  EXPECT_EQ(read.service, "n/web");
  object.merge_patch(status_patch_json(made));
  read = parse_service_l2_status(object);
  EXPECT_EQ(read, (ServiceL2Status{"l2-1", "a", "n/web", {"eth0", "eth1"}, false, true, "5"}));
  object.merge_patch(status_patch_json(status("l2-1", "a", "n/web")));
  EXPECT_FALSE(object["status"].contains("interfaces"));
  object["metadata"]["labels"].erase("metallb.io/node");
  EXPECT_FALSE(parse_service_l2_status(object).sound);
}

TEST(ServiceL2Status, WhatAnEarlierSpeakerToldIsNoNews) {
  const std::vector<ServiceL2Status> known{status("l2-1", "a", "n/web", {"eth0"}),
                                           status("l2-2", "b", "n/dns")};
  EXPECT_THAT(holding_events("a", told_before("a", known), {{"n/web", {}}}), IsEmpty());
  EXPECT_EQ(holding_events("a", told_before("a", known), {{"n/dns", {}}}).size(), 1U);
}

TEST(ServiceL2Status, OneEventForEachChangeInMetallbsWords) {
  const Holdings held{{"n/web", {{"eth0"}, ""}}};
  const Holdings failing{{"n/web", {{}, "192.0.2.1"}}};
  const auto events = holding_events("a", {}, held);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].about.kind, "Service");
  EXPECT_EQ(events[0].about.namespace_name, "n");
  EXPECT_EQ(events[0].about.name, "web");
  EXPECT_EQ(events[0].reason, "nodeAssigned");
  EXPECT_EQ(events[0].message, "announcing from node \"a\" with protocol \"layer2\"");
  EXPECT_THAT(holding_events("a", held, held), IsEmpty());
  EXPECT_THAT(holding_events("a", held, {{"n/web", {{"eth1"}, ""}}}), IsEmpty());
  EXPECT_THAT(holding_events("a", held, {}), IsEmpty());
  const auto failed = holding_events("a", held, failing);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].type, ApiEvent::Type::kWarning);
  EXPECT_EQ(failed[0].reason, "announceFailed");
  EXPECT_EQ(failed[0].message,
            "the interfaces specified by LB IP \"192.0.2.1\" doesn't exist in assigned node \"a\" "
            "with protocol \"layer2\"");
  EXPECT_THAT(holding_events("a", failing, failing), IsEmpty());
  EXPECT_EQ(holding_events("a", failing, held).size(), 1U);
}

}  // namespace
}  // namespace isat
