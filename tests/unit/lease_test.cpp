// SPDX-License-Identifier: Apache-2.0
// A Lease as JSON: what we write we read, and what others write does no harm.
#include "control/lease.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

Lease whole() {
  Lease lease{"node-a",
              "17",
              "node-a_uid",
              5'000ms,
              3,
              "2026-01-31T12:00:00.000000Z",
              "2026-01-31T12:00:01.500000Z"};
  lease.speaker = SpeakerNote{
      "0.1.0", "uid",          "boot/pin",
      "16",    Stage::kMember, {{"eth0", *MacAddress::parse("02:00:00:00:00:01"), true}}};
  return lease;
}

json object() {
  return lease_json(whole(), "isat-system");
}

TEST(Lease, ReadsWhatItWrites) {
  EXPECT_EQ(parse_lease(object()), whole());
}

TEST(Lease, SaysWhatIsKeptOnlyWhileAway) {
  EXPECT_EQ(object().dump().find("kept"), std::string::npos);
  auto lease = whole();
  lease.speaker->kept = {*Address::parse("192.0.2.10"), *Address::parse("2001:db8::10")};
  EXPECT_EQ(parse_lease(lease_json(lease, "isat-system")), lease);
  lease.speaker->kept.emplace();
  EXPECT_EQ(parse_lease(lease_json(lease, "isat-system")), lease);  // nothing, and away
}

TEST(Lease, OfHalfAListOfWhatIsKeptNobodyKnowsTheRest) {
  auto other = object();
  auto& text = other.at("metadata").at("annotations").at("isat.io/speaker");
  auto note = json::parse(text.get<std::string>());
  note["kept"] = {"192.0.2.10", "192.0.2"};
  text = note.dump();
  EXPECT_EQ(parse_lease(other)->speaker->kept, std::nullopt);
  note["kept"] = {17};
  text = note.dump();
  EXPECT_EQ(parse_lease(other)->speaker->kept, std::nullopt);
}

TEST(Lease, IsWrittenAsTheApiWantsIt) {
  auto lease = whole();
  lease.duration = 1'500ms;  // the API's own field holds whole seconds
  const auto written = lease_json(lease, "isat-system");
  EXPECT_EQ(written.at("kind"), "Lease");
  EXPECT_EQ(written.at("metadata").at("namespace"), "isat-system");
  EXPECT_EQ(written.at("metadata").at("resourceVersion"), "17");
  EXPECT_EQ(written.at("spec").at("leaseDurationSeconds"), 2);
  EXPECT_EQ(parse_lease(written)->duration, 1'500ms);
  lease.version.clear();
  lease.duration = 0ms;
  const auto created = lease_json(lease, "isat-system");
  EXPECT_FALSE(created.at("metadata").contains("resourceVersion"));
  EXPECT_EQ(created.at("spec").at("leaseDurationSeconds"), 1);  // zero is refused
}

TEST(Lease, AReleasedOneHasAnEmptyHolder) {
  auto lease = whole();
  lease.holder.clear();
  const auto written = lease_json(lease, "isat-system");
  EXPECT_EQ(written.at("spec").at("holderIdentity"), "");
  EXPECT_EQ(parse_lease(written)->holder, "");
  auto without = object();
  without.at("spec").erase("holderIdentity");
  EXPECT_EQ(parse_lease(without)->holder, "");
}

TEST(Lease, WithoutAnnotationItIsPerhapsNoSpeakers) {
  auto other = object();
  other.at("metadata").erase("annotations");
  const auto lease = parse_lease(other);
  ASSERT_TRUE(lease);
  EXPECT_FALSE(lease->annotated);
  EXPECT_EQ(lease->speaker, std::nullopt);
  EXPECT_EQ(lease->duration, 5s);
}

TEST(Lease, GarbageCostsWhatItSpoils) {
  const auto with = [](const json& annotation) {
    auto other = object();
    other.at("metadata").at("annotations").at("isat.io/speaker") = annotation;
    return parse_lease(other);
  };
  for (const json& garbage :
       {json("{"), json(7), json(nullptr), json("[]"), json("7"), json(""),
        json(R"({"interfaces": 7})"), json(R"({"interfaces": [{"name": "eth0"}]})"),
        json(R"({"interfaces": [{"name": "eth0", "mac": "no"}]})"),
        json(R"({"duration_ms": "x"})")}) {
    const auto lease = with(garbage);
    ASSERT_TRUE(lease) << garbage;
    EXPECT_TRUE(lease->annotated) << garbage;
    EXPECT_EQ(lease->speaker, std::nullopt) << garbage;
    EXPECT_EQ(lease->holder, "node-a_uid") << garbage;
    EXPECT_EQ(lease->duration, 5s) << garbage;
  }
  EXPECT_EQ(with(R"({"duration_ms": 9223372036854775807})")->duration, 24h);
}

TEST(Lease, NonsenseInTheSpecIsNoDuration) {
  auto other = object();
  other.at("metadata").at("annotations").at("isat.io/speaker") = "{}";
  for (const json& seconds : {json(-1), json("5"), json(nullptr)}) {
    other.at("spec").at("leaseDurationSeconds") = seconds;
    EXPECT_EQ(parse_lease(other)->duration, 0s) << seconds;
  }
  other.at("spec").at("leaseDurationSeconds") = 9'223'372'036'854'775'807;
  EXPECT_EQ(parse_lease(other)->duration, 24h);
  other.at("spec") = 7;
  EXPECT_TRUE(parse_lease(other));
}

TEST(Lease, WithoutNameOrVersionItIsNone) {
  EXPECT_FALSE(parse_lease(json::object()));
  EXPECT_FALSE(parse_lease(json::array()));
  auto other = object();
  other.at("metadata").erase("resourceVersion");
  EXPECT_FALSE(parse_lease(other));
}

TEST(Lease, SaysWhatItsNodeSticksTo) {
  EXPECT_EQ(object().dump().find("sticks_to"), std::string::npos);
  auto lease = whole();
  lease.speaker->sticks_to = {"192.0.2.10", "2001:db8::10"};
  auto written = lease_json(lease, "isat-system");
  EXPECT_EQ(parse_lease(written), lease);
  auto& text = written.at("metadata").at("annotations").at("isat.io/speaker");
  auto note = json::parse(text.get<std::string>());
  note["sticks_to"] = {17, "192.0.2.10"};
  text = note.dump();
  EXPECT_EQ(parse_lease(written)->speaker->sticks_to, std::set<std::string>{"192.0.2.10"});
  note["sticks_to"] = "192.0.2.10";
  text = note.dump();
  EXPECT_EQ(parse_lease(written)->speaker->sticks_to, std::set<std::string>{});
}

TEST(Lease, SaysTheSubnetsOfAnInterfaceWhollyOrNotAtAll) {
  EXPECT_EQ(object().dump().find("subnets"), std::string::npos);
  auto lease = whole();
  auto& subnets = lease.speaker->interfaces.front().subnets;
  subnets.emplace();
  EXPECT_EQ(parse_lease(lease_json(lease, "isat-system")), lease);
  subnets = {*Subnet::parse("192.0.2.0/24"), *Subnet::parse("2001:db8::/64")};
  auto written = lease_json(lease, "isat-system");
  EXPECT_EQ(parse_lease(written), lease);
  auto& text = written.at("metadata").at("annotations").at("isat.io/speaker");
  auto note = json::parse(text.get<std::string>());
  note["interfaces"][0]["subnets"] = {"192.0.2.0/24", "192.0.2.0/33"};
  text = note.dump();
  EXPECT_EQ(parse_lease(written)->speaker->interfaces.front().subnets, std::nullopt);
}

}  // namespace
}  // namespace isat
