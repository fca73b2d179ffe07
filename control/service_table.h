// SPDX-License-Identifier: Apache-2.0
// The Services known now, and what each piece of news changes in their assignments.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/assignment.h"
#include "control/service.h"

namespace isat {

// Work is proportional to the news; only Services with an address (or a reason for having none) are
// kept.
class ServiceTable {
 public:
  // News of one Service, or of the whole when a list ends.
  struct Change {
    AssignmentChange assignments;
    std::vector<std::string> skipped;  // new reasons, each naming its Service
  };

  explicit ServiceTable(std::string load_balancer_class)
      : load_balancer_class_(std::move(load_balancer_class)) {}

  // A list: what is not in it no longer exists, from end_list() on. A second begin_list() drops
  // what came since the first.
  void begin_list() { listed_.clear(); }
  void list(const nlohmann::json& object);
  [[nodiscard]] Change end_list();

  [[nodiscard]] Change changed(const nlohmann::json& object);
  [[nodiscard]] Change deleted(const nlohmann::json& object);

 private:
  using Services = std::unordered_map<std::string, Service>;

  std::string load_balancer_class_;
  Services known_;
  Services listed_;
};

}  // namespace isat
