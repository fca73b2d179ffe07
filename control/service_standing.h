// SPDX-License-Identifier: Apache-2.0
// What allows a Service to be announced by a node, as far as it is: for explaining, not for
// deciding.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace isat {

struct ServiceStanding {
  std::string owner;
  bool unrestricted = false;                  // MetalLB's resources are not installed
  std::string pool{};                         // that has its addresses; empty = none
  std::vector<std::string> advertisements{};  // that apply to it and select the node
  std::string node{};                         // why the node may, one line; empty = it may not
  std::size_t endpoints = 0;                  // that can serve, as its EndpointSlices list them
  std::size_t endpoint_nodes = 0;             // on so many nodes
  bool endpoint_here = false;                 // on the node asked about
  bool local = false;                         // externalTrafficPolicy

  bool operator==(const ServiceStanding&) const = default;
};

}  // namespace isat
