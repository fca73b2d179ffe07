// SPDX-License-Identifier: Apache-2.0
// What the speaker says it holds, and when it says nothing.
#include <optional>

#include "tests/unit/speaker_test.h"

namespace isat {
namespace {

using SpeakerHoldings = SpeakerTest;

TEST_F(SpeakerHoldings, AreWhatIsInTheMap) {
  set(made(1));
  start();
  EXPECT_EQ(speaker->holdings(), std::nullopt) << "before the first view";
  source.listener.changed({{owned(kTen)}, {}});
  EXPECT_EQ(speaker->holdings(), (Holdings{{"default/web", {}}}));
  membership.all = {};
  membership.listener.members_changed();
  EXPECT_EQ(speaker->holdings(), Holdings{});
}

TEST_F(SpeakerHoldings, NameAnInterfaceThatIsMissingUntilItComes) {
  set(made(1));
  start_with({owned(kTen, {"eth2"})});
  EXPECT_EQ(speaker->holdings(), (Holdings{{"default/web", {{}, "192.0.2.10"}}}));
  set(made(2));
  EXPECT_EQ(speaker->holdings(), (Holdings{{"default/web", {{"eth2"}, ""}}}));
  remove(2);
  EXPECT_EQ(speaker->holdings(), (Holdings{{"default/web", {{}, "192.0.2.10"}}}));
}

TEST_F(SpeakerHoldings, AreUnknownWithoutAViewAndNoneWhenDrained) {
  set(made(1));
  start_with({owned(kTen)});
  membership.listener.view_lost();
  EXPECT_EQ(speaker->holdings(), std::nullopt);
  speaker->drain([] {});
  EXPECT_EQ(speaker->holdings(), Holdings{});
}

TEST_F(SpeakerHoldings, AreUnknownPastTheDeadline) {
  set(made(1));
  start_with({owned(kTen)});
  membership.until = boot - BootTime(1);
  EXPECT_EQ(speaker->holdings(), std::nullopt);
}

TEST_F(SpeakerHoldings, AreNoneWhenOnlyObserving) {
  configuration.mode = Mode::kObserve;
  set(made(1));
  start_with({owned(kTen)});
  EXPECT_EQ(speaker->holdings(), Holdings{});
}

class SpeakerFailbackTest : public SpeakerTest {
 protected:
  using Keys = std::set<std::string>;
  SpeakerFailbackTest() {
    configuration.kubernetes.failback = false;
    set(made(1));
  }
};

TEST_F(SpeakerFailbackTest, SaysWhatItHoldsOnceItKnows) {
  start();
  EXPECT_EQ(membership.sticks_to, std::nullopt);  // as its Lease says
  source.listener.changed({{owned(kTen), owned(kSix)}, {}});
  EXPECT_EQ(membership.sticks_to, (Keys{"192.0.2.10", "2001:db8::10"}));
  drop(owned(kSix).key);
  EXPECT_EQ(membership.sticks_to, Keys{"192.0.2.10"});
  membership.listener.view_lost();
  EXPECT_EQ(membership.sticks_to, std::nullopt);
  membership.listener.members_changed();
  EXPECT_EQ(membership.sticks_to, std::nullopt) << "the source was not seen anew yet";
  source.listener.changed({});
  EXPECT_EQ(membership.sticks_to, Keys{"192.0.2.10"});
}

TEST_F(SpeakerFailbackTest, NamesTheKeyAndOnlyWhatItHolds) {
  auto grouped = owned(kTen);
  grouped.election_key = "192.0.2.1";
  start_with({grouped, owned(kSix)});
  EXPECT_EQ(membership.sticks_to, (Keys{"192.0.2.1", "2001:db8::10"}));
  Member there{"there"};
  there.sticks_to = {"192.0.2.1"};
  membership.all = {{"here"}, there};
  membership.listener.members_changed();
  EXPECT_THAT(*membership.sticks_to, testing::Not(testing::Contains("192.0.2.1")));
}

TEST_F(SpeakerFailbackTest, MoreThanALeaseNamesIsNamedNotAtAllAndReported) {
  std::vector<Assignment> many;
  for (unsigned i = 0; i <= Membership::kMostSticky; ++i) {
    many.push_back(owned(Address::v4(
        {10, 0, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(i % 250)})));
  }
  start_with(many);
  EXPECT_EQ(membership.sticks_to, Keys{});
  EXPECT_THAT(speaker->snapshot().failures.at("failback"), testing::HasSubstr("holds 2001 addr"));
  drop(many.front().key);
  EXPECT_EQ(membership.sticks_to->size(), Membership::kMostSticky);
  EXPECT_EQ(speaker->snapshot().failures.count("failback"), 0u);
}

TEST_F(SpeakerFailbackTest, OnTheOtherHandNothingIsSaid) {
  configuration.kubernetes.failback = true;
  start_with({owned(kTen)});
  membership.listener.view_lost();
  EXPECT_EQ(membership.sticks_to, Keys{});
}

}  // namespace
}  // namespace isat
