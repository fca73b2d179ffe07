// SPDX-License-Identifier: Apache-2.0
// The part of a Service's endpoints that one EndpointSlice tells.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

namespace isat {

// Endpoints that can serve.
struct Endpoints {
  std::size_t count = 0;
  std::set<std::string> nodes{};  // of those that say on which node they are

  bool operator==(const Endpoints&) const = default;
};

struct EndpointSlice {
  std::string name{};     // "namespace/name"
  std::string service{};  // "namespace/name"; empty = of no Service
  Endpoints endpoints{};

  bool operator==(const EndpointSlice&) const = default;
};

// An endpoint can serve if it is ready, says nothing about it, or serves on while it terminates.
[[nodiscard]] EndpointSlice parse_endpoint_slice(const nlohmann::json& object);

}  // namespace isat
