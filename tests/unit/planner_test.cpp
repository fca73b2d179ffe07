// SPDX-License-Identifier: Apache-2.0
// The planner: from who should exist to what this node announces.
#include "control/planner.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Address kTen = *Address::parse("192.0.2.10");
const std::vector<Candidate> kAlone{{"here"}};

Interface interface(InterfaceIndex index, const std::string& name) {
  Interface made;
  made.index = index;
  made.name = name;
  made.mac.bytes = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(index)};
  return made;
}

const ServedInterfaces kServed{{1, interface(1, "eth1")}, {10, interface(10, "eth10")}};

Assignments::Owners owners(std::vector<std::vector<std::string>> wishes) {
  Assignments::Owners made;
  for (auto& wish : wishes) {
    const auto owner = "owner" + std::to_string(made.size());
    made.emplace(owner, Assignment{{owner, kTen}, std::move(wish)});
  }
  return made;
}

std::vector<InterfaceIndex> planned(const Assignments::Owners& wishes) {
  Planner planner("here");
  std::vector<InterfaceIndex> indices;
  for (const auto& announcement : planner.plan(kTen, wishes, kAlone, kServed)) {
    EXPECT_EQ(announcement.key.address, kTen);
    EXPECT_EQ(announcement.mac, kServed.at(announcement.key.interface).mac);
    indices.push_back(announcement.key.interface);
  }
  return indices;
}

TEST(Planner, WithoutAWishMeansEveryServedInterface) {
  EXPECT_THAT(planned(owners({{}})), ElementsAre(1, 10));
}

TEST(Planner, NobodyOwnsItNobodyAnnouncesIt) {
  EXPECT_THAT(planned(owners({})), IsEmpty());
}

TEST(Planner, PatternsAreAnchoredAtBothEnds) {
  EXPECT_THAT(planned(owners({{"eth1"}})), ElementsAre(1));
  EXPECT_THAT(planned(owners({{"th10"}})), IsEmpty());
  EXPECT_THAT(planned(owners({{"eth1.*"}})), ElementsAre(1, 10));
  EXPECT_THAT(planned(owners({{"eth0|eth10"}})), ElementsAre(10));
}

TEST(Planner, OwnersOfOneAddressAddUp) {
  EXPECT_THAT(planned(owners({{"eth1"}, {"eth10"}})), ElementsAre(1, 10));
  EXPECT_THAT(planned(owners({{"eth1"}, {}})), ElementsAre(1, 10));
}

TEST(Planner, APatternThatIsNoneMatchesNothingAndHidesNoOther) {
  EXPECT_THAT(planned(owners({{"eth[", "eth10"}})), ElementsAre(10));
}

TEST(Planner, OnlyTheHolderAnnounces) {
  Planner planner("here");
  EXPECT_THAT(planner.plan(kTen, owners({{}}), std::vector<Candidate>{{"there"}}, kServed),
              IsEmpty());
  EXPECT_THAT(planner.plan(kTen, owners({{}}), {}, kServed), IsEmpty());
}

TEST(Planner, AnyNumberOfPatternsPlansTheSame) {
  Planner planner("here");
  for (int round = 0; round < 3000; ++round) {
    const auto wish = owners({{"eth1", "other" + std::to_string(round)}});
    ASSERT_EQ(planner.plan(kTen, wish, kAlone, kServed).size(), 1u) << round;
  }
}

}  // namespace
}  // namespace isat
