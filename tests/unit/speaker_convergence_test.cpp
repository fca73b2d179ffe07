// SPDX-License-Identifier: Apache-2.0
// Whatever happens in whatever order: in the end the map is the plan.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <random>
#include <regex>

#include "tests/unit/speaker_fixture.h"

namespace isat {
namespace {

using namespace std::chrono_literals;
using Entries = std::map<AnnouncementKey, FakeDataPlane::Entry>;

Address address(int last) {
  return Address::v4({192, 0, 2, static_cast<std::uint8_t>(last)});
}

Assignment owned(int last, const std::string& owner, std::vector<std::string> interfaces = {}) {
  return {{owner, address(last)}, any_node(std::move(interfaces))};
}

TEST(SpeakerConvergence, EveryOrderOfEventsEndsInTheSameMap) {
  using Event = std::pair<const char*, std::function<void(SpeakerBench&)>>;
  const std::vector<Event> events{
      {"owner a",
       [](SpeakerBench& bench) {
         bench.add(owned(10, "a", {"eth1", "eth3"}));
       }},
      {"owner b", [](SpeakerBench& bench) { bench.add(owned(10, "b", {"eth2"})); }},
      {"not c",
       [](SpeakerBench& bench) {
         bench.drop({"c", address(10)});
       }},
      {"eth1 appears", [](SpeakerBench& bench) { bench.set(SpeakerBench::made(1)); }},
      {"eth2 has another MAC", [](SpeakerBench& bench) { bench.set(SpeakerBench::made(2, 9)); }},
      {"eth3 vanishes", [](SpeakerBench& bench) { bench.remove(3); }},
  };
  const Entries expected{{{address(10), 1}, {SpeakerBench::made(1).mac, false}},
                         {{address(10), 2}, {SpeakerBench::made(2, 9).mac, false}}};

  std::vector<std::size_t> order(events.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    SpeakerBench bench;
    for (const InterfaceIndex index : {2u, 3u}) bench.set(SpeakerBench::made(index));
    bench.start();
    bench.source.listener.changed({{owned(10, "c")}, {}});
    std::string history;
    for (const auto event : order) {
      events[event].second(bench);
      history += std::string(events[event].first) + "; ";
    }
    ASSERT_EQ(bench.plane.entries, expected) << history;
    ASSERT_EQ(bench.speaker->snapshot().announcements, 2u) << history;
  } while (std::next_permutation(order.begin(), order.end()));
}

// A random life, and beside it the plainest statement of what should come of it.
class RandomLife {
 public:
  explicit RandomLife(unsigned seed) : random_(seed) {
    bench_.plane.capacity = 12;
    bench_.start();
    bench_.source.listener.changed({});
  }

  void step() {
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        return add();
      case 3:
      case 4:
        return drop();
      case 5:
      case 6:
        return set_interface();
      case 7:
        return remove_interface();
      case 8:
        return trouble();
      default:
        return bench_.pass(std::chrono::milliseconds(below(90'000)));
    }
  }

  // The kernel behaves again, and room is made for everything; time passes.
  void calm_down() {
    bench_.plane.failing.clear();
    bench_.plane.failing_attach.clear();
    bench_.plane.capacity = 1000;
    bench_.pass(130s);
  }

  Entries expected() const {
    Entries entries;
    for (const auto& [key, assignment] : assignments_) {
      for (const auto& [index, interface] : bench_.interfaces.interfaces) {
        const auto& wishes = assignment.candidacy->any_other->interfaces;
        if (!interface.up) continue;
        if (!wishes.empty() && std::count(wishes.begin(), wishes.end(), interface.name) == 0) {
          continue;
        }
        entries[{key.address, index}] = {interface.mac, false};
      }
    }
    return entries;
  }
  const Entries& actual() const { return bench_.plane.entries; }
  SpeakerState state() const { return bench_.speaker->snapshot(); }

 private:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  std::uint8_t byte(int limit) { return static_cast<std::uint8_t>(below(limit)); }
  InterfaceIndex any_index() { return static_cast<InterfaceIndex>(1 + below(4)); }

  void add() {
    const std::vector<std::vector<std::string>> wishes{{}, {"eth1"}, {"eth2", "eth3"}};
    const auto assignment = owned(below(6), std::string(1, static_cast<char>('a' + below(3))),
                                  wishes[static_cast<std::size_t>(below(3))]);
    assignments_.insert_or_assign(assignment.key, assignment);
    bench_.add(assignment);
  }
  void drop() {
    if (assignments_.empty()) return;
    const auto chosen =
        std::next(assignments_.begin(), below(static_cast<int>(assignments_.size())));
    const auto key = chosen->first;
    assignments_.erase(chosen);
    bench_.drop(key);
  }
  void set_interface() {
    auto interface = SpeakerBench::made(any_index(), byte(3));
    interface.up = below(5) != 0;
    interface.carrier = interface.up && below(5) != 0;
    bench_.set(interface);
  }
  void remove_interface() { bench_.remove(any_index()); }
  void trouble() {
    const AnnouncementKey key{address(below(6)), any_index()};
    switch (below(4)) {
      case 0:
        bench_.plane.failing.insert(key);
        return;
      case 1:
        bench_.plane.failing_attach.insert(any_index());
        return;
      case 2:
        bench_.plane.entries.erase(key);
        return;
      default:
        bench_.plane.entries[key] = {{{6, 6, 6, 6, 6, 6}}, true};
        return;
    }
  }

  std::mt19937 random_;
  SpeakerBench bench_;
  std::map<AssignmentKey, Assignment> assignments_;
};

TEST(SpeakerConvergence, AfterAnyLifeTheMapIsThePlan) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    RandomLife life(seed);
    for (int step = 0; step < 80; ++step) life.step();
    life.calm_down();
    ASSERT_EQ(life.actual(), life.expected()) << "seed " << seed;
    ASSERT_EQ(life.state().announcements, life.expected().size()) << "seed " << seed;
    ASSERT_THAT(life.state().failures, ::testing::IsEmpty()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace isat
