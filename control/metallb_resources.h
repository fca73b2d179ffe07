// SPDX-License-Identifier: Apache-2.0
// MetalLB's resources as their users wrote them: the sound ones go into the cluster, of the others
// it keeps the last form that was sound, and what is wrong with them is told once.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "control/api_reporter.h"
#include "control/cluster.h"

namespace isat {

class MetallbResources {
 public:
  // `problem` is "FIELD: problem; mend".
  using Tell = std::function<void(const ObjectReference& object, const std::string& problem)>;

  static constexpr auto kApiVersion = "metallb.io/v1beta1";

  MetallbResources(Cluster& cluster, Tell tell) : cluster_(cluster), tell_(std::move(tell)) {}

  void put_pool(const nlohmann::json& object);
  void put_advertisement(const nlohmann::json& object);
  // Names are "namespace/name", as object_name() has them.
  void erase_pool(const std::string& name);
  void erase_advertisement(const std::string& name);
  [[nodiscard]] std::vector<std::string> pools() const { return names(pools_); }
  [[nodiscard]] std::vector<std::string> advertisements() const { return names(advertisements_); }

  // Looks for what is wrong between resources; after Cluster::settle().
  void look_for_overlaps();

  // "IPAddressPool namespace/name" → problem.
  [[nodiscard]] std::map<std::string, std::string> problems() const;

 private:
  struct Resource {
    ObjectReference reference{};
    std::string problem{};  // of its own; empty = sound
    std::string overlap{};  // with another
  };
  using Resources = std::map<std::string, Resource>;  // sound or not

  [[nodiscard]] static std::vector<std::string> names(const Resources& resources);
  void note(Resources& resources, const char* kind, const nlohmann::json& object,
            const std::string& problem);

  Cluster& cluster_;
  Tell tell_;
  Resources pools_;
  Resources advertisements_;
};

}  // namespace isat
