// SPDX-License-Identifier: Apache-2.0
// Whatever call of the data plane fails once: in the end all is as if none had.
#include <gmock/gmock.h>

#include "tests/unit/faulty_data_plane.h"
#include "tests/unit/speaker_fixture.h"

namespace isat {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Address v4(int last) {
  return Address::v4({192, 0, 2, static_cast<std::uint8_t>(last)});
}
const Address kSix = *Address::parse("2001:db8::6");
const Address kSeven = *Address::parse("2001:db8::7");

Assignment owned(const Address& address, std::vector<std::string> interfaces = {}) {
  return {{"default/web", address}, any_node(std::move(interfaces))};
}

// What a life leaves behind, as far as it answers and tells.
struct Outcome {
  std::map<AnnouncementKey, FakeDataPlane::Entry> entries;
  std::set<InterfaceIndex> attached;
  std::optional<BootTime> deadline;
  bool committed = false;
  std::multiset<std::string> groups;
  std::size_t announcements = 0;
  std::map<std::string, std::string> failures;

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  for (const auto& [key, entry] : outcome.entries) {
    out << FakeDataPlane::name(key) << " is-at " << entry.mac.to_string()
        << (entry.yielded ? " yielded, " : ", ");
  }
  for (const auto index : outcome.attached) out << "attached #" << index << ", ";
  for (const auto& group : outcome.groups) out << group << ", ";
  for (const auto& [object, cause] : outcome.failures) out << object << ": " << cause << ", ";
  return out << outcome.announcements << " announcements"
             << (outcome.committed ? "" : ", not committed");
}

// One speaker's life, in which every call a data plane has is made, for every reason there is.
class FaultyLife {
  SpeakerBench bench_;

 public:
  explicit FaultyLife(std::chrono::milliseconds pause) : pause_(pause) {
    bench_.data_plane = &faulty;
    // An earlier speaker left two entries as they should be, one given up, one with another MAC,
    // one that is nobody's any more, and a program on an interface that is gone.
    bench_.plane.entries = {{{kSeven, 1}, {SpeakerBench::made(1).mac, false}},
                            {{v4(10), 1}, {SpeakerBench::made(1).mac, false}},
                            {{v4(11), 1}, {SpeakerBench::made(1).mac, true}},
                            {{v4(12), 1}, {SpeakerBench::made(9).mac, false}},
                            {{v4(99), 1}, {SpeakerBench::made(1).mac, false}}};
    bench_.plane.attached[7].interface = 7;
  }

  Outcome live() {
    bench_.set(SpeakerBench::made(1));
    bench_.set(SpeakerBench::made(2));
    bench_.membership.until = bench_.boot + 5s;
    bench_.start();
    then([&] {
      bench_.source.listener.changed(
          {{owned(v4(10)), owned(v4(11)), owned(v4(12)), owned(kSeven)}, {}});
    });
    then([&] { bench_.add(owned(kSix)); });
    then([&] { bench_.add(owned(v4(20), {"eth2"})); });
    then([&] { bench_.drop(owned(v4(10)).key); });
    then([&] { bench_.set(SpeakerBench::made(1, 5)); });
    then([&] { bench_.remove(2); });
    then([&] { bench_.set(SpeakerBench::made(3)); });
    then([&] { bench_.speaker->drain([] {}); });
    then([&] { bench_.speaker->undrain(); });
    then([&] {
      bench_.membership.until += 5s;
      bench_.membership.listener.deadline_moved();
    });
    bench_.pass(70s);
    troubled_calls_ = faulty.calls;
    bench_.pass(70s);  // a slow pass more, which nothing disturbs
    return outcome();
  }

  FaultyDataPlane faulty{bench_.plane};
  // Those that a test may have fail: time to make it good is left after them.
  std::size_t troubled_calls() const { return troubled_calls_; }
  std::string logged() const { return bench_.logged(); }

 private:
  void then(const std::function<void()>& step) {
    step();
    bench_.pass(pause_);
  }

  Outcome outcome() const {
    Outcome outcome{bench_.plane.entries, {}, bench_.plane.deadline, bench_.plane.commits > 0, {}};
    for (const auto& [index, attachment] : bench_.plane.attached) outcome.attached.insert(index);
    for (const auto& call : bench_.group_calls) {
      const auto group = call.substr(call.find(' ') + 1);
      if (call.starts_with("join")) {
        outcome.groups.insert(group);
      } else if (const auto joined = outcome.groups.find(group); joined != outcome.groups.end()) {
        outcome.groups.erase(joined);
      }
    }
    const auto state = bench_.speaker->snapshot();
    outcome.announcements = state.announcements;
    outcome.failures = state.failures;
    return outcome;
  }

  std::chrono::milliseconds pause_;
  std::size_t troubled_calls_ = 0;
};

using Fault = std::tuple<FaultMoment, std::chrono::milliseconds>;
class SpeakerFaultTest : public ::testing::TestWithParam<Fault> {};

// With no time between the steps the failure is still there when the next one comes; with a second
// and a half it has been made good; both are lives that end alike.
TEST_P(SpeakerFaultTest, AfterAnyOneFailureAllIsAsWithoutItAndTheLogNamesIt) {
  const auto [moment, pause] = GetParam();
  FaultyLife sound(pause);
  const auto expected = sound.live();
  ASSERT_EQ(expected.failures.size(), 0u);
  ASSERT_EQ(expected.entries.size(), 8u) << expected;
  ASSERT_EQ(expected.attached, (std::set<InterfaceIndex>{1, 3}));
  ASSERT_EQ(expected.groups.size(), 4u);
  const auto calls = sound.troubled_calls();
  ASSERT_GT(calls, 30u);
  for (std::size_t failing = 0; failing < calls; ++failing) {
    FaultyLife life(pause);
    life.faulty.failing = failing;
    life.faulty.moment = moment;
    EXPECT_EQ(life.live(), expected) << "call " << failing << " failed\n" << life.logged();
    EXPECT_THAT(life.logged(), HasSubstr("at call " + std::to_string(failing) + ":"));
  }
}

INSTANTIATE_TEST_SUITE_P(Moments, SpeakerFaultTest,
                         ::testing::Combine(::testing::Values(FaultMoment::kBefore,
                                                              FaultMoment::kAfter),
                                            ::testing::Values(0ms, 1500ms)));

}  // namespace
}  // namespace isat
