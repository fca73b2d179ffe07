// SPDX-License-Identifier: Apache-2.0
// A cluster, its members and one node's speaker, from the API's news to the map: six events that
// can come in any order.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "tests/unit/cluster_fixture.h"
#include "tests/unit/speaker_fixture.h"

namespace isat {

class ClusterHistory {
 public:
  static constexpr std::size_t kEvents = 6;
  // By their numbers; each once, or not at all.
  using Order = std::vector<std::size_t>;
  using Map = std::set<std::pair<AnnouncementKey, bool>>;  // and whether it is yielded

  // The node serves both interfaces.
  ClusterHistory(const Interface& one, const Interface& other, DataPlane* data_plane = nullptr) {
    bench_.configuration.interfaces = {".*"};
    if (data_plane != nullptr) bench_.data_plane = data_plane;
    bench_.membership.all = {{"gone"}, {"here"}};
    for (const auto& interface : {one, other}) {
      bench_.interfaces.interfaces[interface.index] = interface;
    }
    advertised_ = {one.name, other.name};
    bench_.start();
    for (const auto* node : {"gone", "here", "there"}) cluster_.put(a_node(node));
    cluster_.put(a_pool("lan", "192.0.2.0/24"));
    advertise();
    for (const int last : {10, 11, 12, 13}) serve("early", last);
    for (const int last : {30, 31, 32, 33}) serve("leaving", last);
    auto local = a_service("local", {"192.0.2.50"});
    local.local = true;
    cluster_.put(local);
    cluster_.put(a_slice("local", {"gone"}));
    tell();
  }

  void happen(const Order& order) {
    for (const auto event : order) happen(event);
  }

  [[nodiscard]] Map map() const {
    Map map;
    const auto announcements = bench_.data_plane->announcements();
    EXPECT_TRUE(announcements) << announcements.error().message;
    for (const auto& each : *announcements) {
      map.emplace(each.announcement.key, each.yielded);
    }
    return map;
  }

  static std::string text(const Order& order) {
    static constexpr std::array<const char*, kEvents> kNames = {
        "assigned",          "a member joins",  "a member goes", "advertised on one interface",
        "an endpoint moves", "Services deleted"};
    std::string text;
    for (const auto event : order) text += std::string(kNames.at(event)) + "; ";
    return text;
  }

 private:
  void happen(std::size_t event) {
    switch (event) {
      case 0:
        for (const int last : {20, 21, 22, 23}) serve("late", last);
        return tell();
      case 1:
        return join("there");
      case 2:
        std::erase(bench_.membership.all, Member{"gone"});
        return bench_.membership.listener.members_changed();
      case 3:
        advertised_.pop_back();
        advertise();
        return tell();
      case 4:
        cluster_.put(a_slice("local", {"here"}));
        return tell();
      default:
        for (const int last : {30, 31, 32, 33}) {
          cluster_.erase_service("n/leaving-" + std::to_string(last));
        }
        return tell();
    }
  }

  void serve(const std::string& name, int last) {
    const auto full = name + "-" + std::to_string(last);
    cluster_.put(a_service(full, {"192.0.2." + std::to_string(last)}));
    cluster_.put(a_slice(full, {"gone", "here", "there"}));
  }

  void advertise() {
    auto advertisement = an_advertisement("all");
    advertisement.interfaces = advertised_;
    cluster_.put(advertisement);
  }

  void join(const std::string& node) {
    bench_.membership.all.push_back({node});
    bench_.membership.listener.members_changed();
  }

  void tell() { bench_.source.listener.changed(cluster_.settle()); }

  SpeakerBench bench_;
  Cluster cluster_{EligibilityRules{}};
  std::vector<std::string> advertised_;
};

}  // namespace isat
