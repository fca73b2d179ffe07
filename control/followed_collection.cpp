// SPDX-License-Identifier: Apache-2.0
// One collection of the Kubernetes API, kept in a table.
#include "control/followed_collection.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "control/object_name.h"

namespace isat {

FollowedCollection::FollowedCollection(asio::io_context& loop, HttpClient& client,
                                       const ClusterAccess& access,
                                       const ResourceWatchSettings& settings, const Random& random,
                                       Table table, WhenAbsent when_absent, Listener listener)
    : resource_(settings.resource.substr(0, settings.resource.find(' '))),
      table_(std::move(table)),
      listener_(std::move(listener)),
      watch_(loop, client, access, settings, random, handlers(when_absent)) {}

ResourceWatch::Handlers FollowedCollection::handlers(WhenAbsent when_absent) {
  ResourceWatch::Handlers handlers;
  handlers.begin_list = [this] { seen_.clear(); };
  handlers.list = [this](const nlohmann::json& object) {
    seen_.insert(object_name(object));
    table_.put(object);
  };
  handlers.end_list = [this] { end_list(); };
  handlers.changed = [this](const nlohmann::json& object) {
    table_.put(object);
    listener_.changed();
  };
  handlers.deleted = [this](const nlohmann::json& object) {
    table_.erase(object_name(object));
    listener_.changed();
  };
  if (when_absent == WhenAbsent::kEmpty) handlers.absent = [this] { found_absent(); };
  handlers.in_touch = [this](bool, const std::string& cause) {
    lost_cause_ = cause;
    listener_.touch();
  };
  return handlers;
}

void FollowedCollection::end_list() {
  const auto seen = std::exchange(seen_, {});
  for (const auto& name : table_.names()) {
    if (!seen.contains(name)) table_.erase(name);
  }
  listed_ = true;
  absent_ = false;
  listener_.changed();
}

void FollowedCollection::found_absent() {
  if (absent_ && listed_) return;
  seen_.clear();
  for (const auto& name : table_.names()) table_.erase(name);
  absent_ = listed_ = true;
  listener_.changed();
}

}  // namespace isat
