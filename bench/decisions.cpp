// SPDX-License-Identifier: Apache-2.0
// What the control plane's decisions cost, and how that grows: everything at once, and one change
// among many.
#include "bench/decisions.h"

#include <benchmark/benchmark.h>

#include "bench/unwritten_plane.h"
#include "control/cluster.h"
#include "control/planner.h"
#include "control/reconciler.h"

namespace isat::bench {
namespace {

constexpr std::int64_t kLeast = 10, kMost = 100'000;
// A cluster of some size, but not one that is all there is to the figure.
constexpr int kNodes = 10;

Address address(std::int64_t number) {
  return Address::v4({10, static_cast<std::uint8_t>(number >> 16),
                      static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

std::string node(std::int64_t number) {
  return "worker-" + std::to_string(number) + ".example.com";
}

ServedInterfaces served() {
  Interface eth0;
  eth0.index = 1;
  eth0.name = "eth0";
  return {{eth0.index, eth0}};
}

Announcement announcement(std::int64_t number, std::uint8_t mac) {
  return {{address(number), 1}, {{2, 0, 0, 0, 0, mac}}};
}

void elect(benchmark::State& state) {
  Sha256 sha256;
  std::vector<std::string> nodes;
  for (std::int64_t i = 0; i < state.range(0); ++i) nodes.push_back(node(i));
  for (auto _ : state) {
    Election election(sha256, "10.0.12.34");
    for (const auto& each : nodes) election.stand(each, 0);
    benchmark::DoNotOptimize(election.holder());
  }
}

void plan(benchmark::State& state) {
  std::vector<Member> members;
  members.reserve(kNodes);
  for (int i = 0; i < kNodes; ++i) members.push_back({node(i)});
  Assignments assignments;
  AssignmentChange change;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    change.added.push_back({{"default/web-" + std::to_string(i), address(i)}, any_node()});
  }
  (void)assignments.apply(change);
  Planner planner(node(7));
  const auto interfaces = served();
  for (auto _ : state) {
    for (const auto& [each, owners] : assignments.by_address()) {
      benchmark::DoNotOptimize(planner.plan(each, owners, members, interfaces));
    }
  }
}

void desire_all(Reconciler& reconciler, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    reconciler.desire(address(i), {announcement(i, 1)});
  }
  (void)reconciler.settle({});
}

AnnouncementFollowers nobody() {
  const auto ignore = [](const AnnouncementKey&) {};
  return {ignore, ignore, ignore, ignore};
}

void reconcile(benchmark::State& state) {
  UnwrittenPlane plane;
  for (auto _ : state) {
    Reconciler reconciler(plane, nobody());
    desire_all(reconciler, state.range(0));
    benchmark::DoNotOptimize(reconciler.announced_count());
  }
}

void reconcile_one(benchmark::State& state) {
  UnwrittenPlane plane;
  Reconciler reconciler(plane, nobody());
  desire_all(reconciler, state.range(0));
  std::uint8_t mac = 1;
  for (auto _ : state) {
    const auto number = state.range(0) / 2;
    reconciler.desire(address(number), {announcement(number, ++mac)});
    benchmark::DoNotOptimize(reconciler.settle({}));
  }
}

Service service(std::int64_t number, const std::string& created) {
  Service made{"default/web-" + std::to_string(number), created};
  made.addresses.push_back(address(number));
  return made;
}

void fill(Cluster& cluster, std::int64_t services) {
  std::set<std::string> nodes;
  for (int i = 0; i < kNodes; ++i) {
    nodes.insert(node(i));
    cluster.put(ClusterNode{node(i), {}, false});
  }
  cluster.put(
      IpAddressPool{"lan", "2026-01-01T00:00:00Z", {}, {*AddressRange::parse("10.0.0.0/8")}});
  L2Advertisement advertisement;
  advertisement.name = "all";
  cluster.put(advertisement);
  for (std::int64_t i = 0; i < services; ++i) {
    cluster.put(service(i, "2026-01-01T00:00:00Z"));
    const auto name = "default/web-" + std::to_string(i);
    cluster.put(EndpointSlice{name + "-1", name, {true, nodes}});
  }
  (void)cluster.settle();
}

void assign(benchmark::State& state) {
  for (auto _ : state) {
    Cluster cluster{EligibilityRules{}};
    fill(cluster, state.range(0));
  }
}

void assign_one(benchmark::State& state) {
  Cluster cluster{EligibilityRules{}};
  fill(cluster, state.range(0));
  bool gone = false;
  for (auto _ : state) {
    gone = !gone;
    auto changed = service(state.range(0) / 2, "2026-01-01T00:00:00Z");
    if (gone) changed.addresses.clear();
    cluster.put(changed);
    benchmark::DoNotOptimize(cluster.settle());
  }
}

void grow(const char* name, void (*body)(benchmark::State&)) {
  benchmark::RegisterBenchmark(name, body)
      ->RangeMultiplier(10)
      ->Range(kLeast, kMost)
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

void add_decisions() {
  grow("election: a holder among so many nodes", elect);
  grow("assignments of so many Services", assign);
  grow("one Service's address among so many", assign_one);
  grow("plan for so many addresses", plan);
  grow("reconciling so many announcements", reconcile);
  grow("one announcement among so many", reconcile_one);
}

}  // namespace isat::bench
