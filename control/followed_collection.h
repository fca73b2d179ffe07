// SPDX-License-Identifier: Apache-2.0
// One collection of the Kubernetes API, kept in a table: what is listed is put, what a list no
// longer has is erased.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_set>
#include <vector>

#include "control/resource_watch.h"

namespace isat {

class FollowedCollection {
 public:
  // Names are those of object_name().
  struct Table {
    std::function<void(const nlohmann::json& object)> put;
    std::function<void(const std::string& name)> erase;
    std::function<std::vector<std::string>()> names;
  };
  // On the loop's thread, never from inside start() or stop().
  struct Listener {
    std::function<void()> changed;  // a whole list, or one piece of news, is in the table
    std::function<void()> touch;    // lost_cause() is another
  };
  enum class WhenAbsent { kFailure, kEmpty };

  FollowedCollection(asio::io_context& loop, HttpClient& client, const ClusterAccess& access,
                     const ResourceWatchSettings& settings, const Random& random, Table table,
                     WhenAbsent when_absent, Listener listener);

  // Again: as if nothing had been listed.
  void start() {
    listed_ = false;
    watch_.start();
  }
  void stop() { watch_.stop(); }

  [[nodiscard]] bool listed() const { return listed_; }  // since start(), or found absent
  [[nodiscard]] bool absent() const { return absent_; }
  [[nodiscard]] const std::string& lost_cause() const { return lost_cause_; }  // empty = in touch
  [[nodiscard]] const std::string& resource() const { return resource_; }      // "services"
  [[nodiscard]] const ResourceWatch::Restarts& restarts() const { return watch_.restarts(); }

 private:
  [[nodiscard]] ResourceWatch::Handlers handlers(WhenAbsent when_absent);
  void end_list();
  void found_absent();

  std::string resource_;
  Table table_;
  Listener listener_;
  bool listed_ = false;
  bool absent_ = false;
  std::string lost_cause_;
  std::unordered_set<std::string> seen_;  // in the list under way
  ResourceWatch watch_;
};

}  // namespace isat
