// SPDX-License-Identifier: Apache-2.0
// The planner: from who should exist to what this node announces.
#include "control/planner.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Address kTen = *Address::parse("192.0.2.10");
const std::vector<Member> kAlone{{"here"}};

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
    made.emplace(owner, Assignment{{owner, kTen}, any_node(std::move(wish))});
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

TEST(Planner, InVainIsWhoWouldBeElectedIfTheInterfacesNamedWereThere) {
  const std::vector<MemberInterface> own{{"eth1", {}, true}};
  std::vector<Member> members{{"here", own}, {"there", own}};
  const auto in_vain = [&](const std::string& node, const Assignments::Owners& wishes) {
    return Planner(node).in_vain(kTen, wishes, members, kServed);
  };
  // One of the two says so.
  EXPECT_NE(in_vain("here", owners({{"eth9"}})), in_vain("there", owners({{"eth9"}})));
  const auto elected = in_vain("here", owners({{"eth9"}})) ? "here" : "there";
  EXPECT_FALSE(in_vain(elected, owners({{}})));
  EXPECT_FALSE(in_vain(elected, owners({{"eth1"}})));
  EXPECT_FALSE(in_vain(elected, owners({})));
  // Somebody has it.
  const auto* other = elected == std::string("here") ? "there" : "here";
  for (auto& member : members) {
    if (member.node == other) member.interfaces = {{"eth9", {}, true}};
  }
  EXPECT_FALSE(in_vain(elected, owners({{"eth9"}})));
  // Nothing is served here that is named, but that there is a carrier missing is another matter.
  EXPECT_FALSE(Planner("here").in_vain(kTen, owners({{}}), members, {}));
}

TEST(Planner, OnlyTheHolderAnnounces) {
  Planner planner("here");
  EXPECT_THAT(planner.plan(kTen, owners({{}}), std::vector<Member>{{"there"}}, kServed), IsEmpty());
  EXPECT_THAT(planner.plan(kTen, owners({{}}), {}, kServed), IsEmpty());
}

TEST(Planner, OnlyTheNodesThatMayHoldIt) {
  Planner planner("here");
  auto only = [&](const Candidacy& candidacy) {
    return planner.plan(kTen, {{"a", {{"a", kTen}, std::make_shared<const Candidacy>(candidacy)}}},
                        std::vector<Member>{{"here"}, {"there"}}, kServed);
  };
  EXPECT_THAT(only({{{"there", {}}}, {}}), IsEmpty());
  EXPECT_THAT(only({}), IsEmpty());
  const auto mine = only({{{"here", {{"eth10"}, 0}}, {"there", {{}, -1}}}, {}});
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine[0].key.interface, 10u);
  EXPECT_THAT(only({{{"there", {{}, 1}}}, NodeTerms{}}), IsEmpty());
}

TEST(Planner, ANodeWithoutCarrierWhereItIsWantedMayNotHoldIt) {
  Planner planner("here");
  const auto candidates = [&](std::optional<std::vector<MemberInterface>> published) {
    return planner.candidates(kTen, owners({{"eth1"}}),
                              std::vector<Member>{{"there", std::move(published)}});
  };
  EXPECT_THAT(candidates({{{"eth1", {}, true}}}), ElementsAre(Candidate{"there"}));
  EXPECT_THAT(candidates({{{"eth1", {}, false}, {"eth2", {}, true}}}), IsEmpty());
  EXPECT_THAT(candidates({}), ElementsAre(Candidate{"there"}));  // nothing is known against it
}

TEST(Planner, ANodeWhoseSpeakerIsAwayKeepsWhatItHasAndGetsNoMore) {
  Planner planner("here");
  const auto candidates = [&](std::set<Address> kept) {
    return planner.candidates(kTen, owners({{}}),
                              std::vector<Member>{{"there", std::nullopt, std::move(kept)}});
  };
  EXPECT_THAT(candidates({kTen}), ElementsAre(Candidate{"there", 0, true}));
  EXPECT_THAT(candidates({*Address::parse("192.0.2.11")}), IsEmpty());
  EXPECT_THAT(candidates({}), IsEmpty());
}

TEST(Planner, AnyNumberOfPatternsPlansTheSame) {
  Planner planner("here");
  for (int round = 0; round < 3000; ++round) {
    const auto wish = owners({{"eth1", "other" + std::to_string(round)}});
    ASSERT_EQ(planner.plan(kTen, wish, kAlone, kServed).size(), 1u) << round;
  }
}

TEST(Planner, WhoSticksToTheKeyHoldsItForAsLongAsItMay) {
  const auto with_key = [](std::shared_ptr<const Candidacy> candidacy) {
    return Assignments::Owners{{"a", {{"a", kTen}, std::move(candidacy), "192.0.2.1"}}};
  };
  std::vector<Member> members{{"here"}, {"there"}};
  for (auto& member : members) {
    member.sticks_to = {"192.0.2.1"};
    EXPECT_EQ(Planner("here").account(kTen, with_key(any_node()), members).candidates.front(),
              (Candidate{member.node, 0, true}));
    EXPECT_EQ(Planner("here").plan(kTen, with_key(any_node()), members, kServed).empty(),
              member.node != "here");
    const Candidacy only_far{{{"far", {}}, {member.node == "here" ? "there" : "here", {}}}, {}};
    EXPECT_NE(Planner("here")
                  .account(kTen, with_key(std::make_shared<const Candidacy>(only_far)), members)
                  .candidates.front()
                  .node,
              member.node);
    member.sticks_to = {"192.0.2.10"};  // the address's own text is not the key
    EXPECT_FALSE(
        Planner("here").account(kTen, with_key(any_node()), members).candidates.front().sticks);
    member.sticks_to.clear();
  }
}

TEST(Planner, TheSuccessorIsWhoHoldsWhatThisNodeMightHoldAsWell) {
  const std::vector<Member> members{{"here"}, {"there"}};
  const auto successor = [&](const std::string& node, const Candidacy& candidacy) {
    const Assignments::Owners wishes{
        {"a", {{"a", kTen}, std::make_shared<const Candidacy>(candidacy)}}};
    const auto* found = Planner(node).successor(kTen, wishes, members);
    return found == nullptr ? "" : found->node;
  };
  const Candidacy preferred{{{"there", {{}, 5}}}, NodeTerms{}};
  EXPECT_EQ(successor("here", preferred), "there");
  EXPECT_EQ(successor("there", preferred), "");             // the holder itself
  EXPECT_EQ(successor("far", preferred), "");               // no member
  EXPECT_EQ(successor("here", {{{"there", {}}}, {}}), "");  // may not hold it
  EXPECT_EQ(Planner("here").successor(kTen, {}, members), nullptr);
}

TEST(Planner, ANodeThatPublishesItsSubnetsIsACandidateOnlyInOne) {
  Planner planner("here");
  using Subnets = std::optional<std::set<Subnet>>;
  const auto is_candidate = [&](Subnets first, Subnets second) {
    return !planner
                .candidates(kTen, owners({{"eth1"}}),
                            std::vector<Member>{{"there",
                                                 {{{"eth1", {}, true, std::move(first)},
                                                   {"eth2", {}, true, std::move(second)}}}}})
                .empty();
  };
  const std::set<Subnet> ours{*Subnet::parse("192.0.2.0/24")};
  const std::set<Subnet> other{*Subnet::parse("198.51.100.0/24"), *Subnet::parse("2001:db8::/64")};
  EXPECT_TRUE(is_candidate(std::nullopt, std::nullopt));
  EXPECT_TRUE(is_candidate(ours, other));
  EXPECT_FALSE(is_candidate(other, other));
  EXPECT_FALSE(is_candidate(other, ours));  // it has it where it is not wished for
  EXPECT_FALSE(is_candidate(std::set<Subnet>{}, ours));
}

}  // namespace
}  // namespace isat
