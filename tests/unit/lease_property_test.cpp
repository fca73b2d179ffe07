// SPDX-License-Identifier: Apache-2.0
// Whatever happens to a handful of nodes: never two vouched holders for longer than one duration,
// and, when all is well again, exactly one.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "tests/unit/lease_world.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

enum class Deed {
  kPass,
  kStallWatch,
  kMuteWatch,
  kCut,
  kStop,
  kKill,
  kStart,
  kLeaveForAWhile,
  kLeaveForGood,
  kDeleteLease,
  kTouchLease,
  kGarbleLease,
  kSlowDown,
  kEnd
};

struct Step {
  int deed = 0;
  int node = 0;
  int tenths = 0;  // of a second that pass afterwards
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "{" << step.deed << ", " << step.node << ", " << step.tenths << "}";
}

class Churn {
 public:
  Churn(unsigned seed, bool deaf) : world(4, seed) {
    world.deaf = deaf;
    world.on_step = [this] { watch(); };
    world.start_all();
    world.pass(2s);
  }

  void run(const Step& step) {
    const auto index = static_cast<std::size_t>(step.node) % world.nodes.size();
    auto& node = world.nodes[index];
    switch (static_cast<Deed>(step.deed)) {
      case Deed::kStallWatch:
        node.watch_stalled = !node.watch_stalled;
        break;
      case Deed::kMuteWatch:
        node.watch_mute = !node.watch_mute;
        break;
      case Deed::kCut:
        node.cut = !node.cut;
        break;
      case Deed::kStop:
        node.stopped = !node.stopped;
        break;
      case Deed::kKill:
        world.kill(index);
        break;
      case Deed::kStart:
        world.start(index);
        break;
      case Deed::kLeaveForAWhile:
        world.leave(index, Membership::Leave::kForAWhile);
        break;
      case Deed::kLeaveForGood:
        world.leave(index, Membership::Leave::kForGood);
        break;
      case Deed::kDeleteLease:
        world.remove_lease(node.name);
        break;
      case Deed::kTouchLease:
        if (world.leases.contains(node.name)) world.overwrite(world.leases.at(node.name));
        break;
      case Deed::kGarbleLease:
        if (world.leases.contains(node.name)) {
          auto lease = world.leases.at(node.name);
          lease.speaker.reset();
          lease.duration = 0ms;
          world.overwrite(lease);
        }
        break;
      case Deed::kSlowDown:
        world.latency = world.latency == 10ms ? 700ms : 10ms;
        break;
      case Deed::kPass:
      case Deed::kEnd:
        break;
    }
    world.pass(step.tenths * 100ms);
  }

  void heal() {
    world.latency = 10ms;
    for (auto& node : world.nodes) {
      node.watch_stalled = node.watch_mute = node.cut = node.stopped = false;
    }
    world.pass(3s);  // who is leaving leaves
    for (std::size_t i = 0; i < world.nodes.size(); ++i) {
      world.start(i);
    }
    world.pass(30s);
  }

  LeaseWorld world;
  std::chrono::milliseconds longest_overlap{0};

 private:
  void watch() {
    std::map<Overlap, std::chrono::milliseconds> overlaps;
    for (const auto& key : world.keys) {
      const auto answering = world.answering(key, true);
      if (answering.size() < 2) continue;
      for (const auto& overlap : overlaps_of(key, answering)) {
        const auto found = overlaps_.find(overlap);
        const auto since = found == overlaps_.end() ? world.now : found->second;
        overlaps.emplace(overlap, since);
        longest_overlap = std::max(longest_overlap, world.now - since);
      }
    }
    overlaps_ = std::move(overlaps);
  }

  // Who hears nobody may be followed by a third before it stops: of the same two, then.
  using Overlap = std::array<std::string, 3>;
  [[nodiscard]] std::vector<Overlap> overlaps_of(const std::string& key,
                                                 const std::vector<std::string>& nodes) const {
    if (!world.deaf) return {{key}};
    std::vector<Overlap> pairs;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) pairs.push_back({key, nodes[j], nodes[i]});
    }
    return pairs;
  }

  std::map<Overlap, std::chrono::milliseconds> overlaps_;  // since when
};

RC_GTEST_PROP(LeaseProperty, NeverTwoVouchedHoldersForLongerThanOneDuration, ()) {
  const auto seed = *rc::gen::inRange(0U, 1'000'000U);
  const auto steps = *rc::gen::container<std::vector<Step>>(
      60, rc::gen::construct<Step>(rc::gen::inRange(0, static_cast<int>(Deed::kEnd)),
                                   rc::gen::inRange(0, 4), rc::gen::inRange(0, 40)));
  Churn churn(seed, *rc::gen::arbitrary<bool>());
  for (const auto& step : steps) churn.run(step);
  RC_ASSERT(churn.longest_overlap <= LeaseWorld::kTiming.duration);
  churn.heal();
  RC_ASSERT(churn.longest_overlap <= LeaseWorld::kTiming.duration);
  for (const auto& key : churn.world.keys) {
    RC_ASSERT(churn.world.answering(key, true).size() == 1U);
    RC_ASSERT(churn.world.answering(key, false).size() == 1U);
  }
}

}  // namespace
}  // namespace isat
