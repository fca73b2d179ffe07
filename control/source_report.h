// SPDX-License-Identifier: Apache-2.0
// What a source of assignments says about itself, for status and explain.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/refusal.h"
#include "control/resource_watch.h"
#include "dataplane/address.h"

namespace isat {

// An owner whose address is not announced: by anybody, or by the node asked about.
struct OwnerRefusal {
  std::string owner;
  std::vector<Address> addresses;  // none when that is the reason
  Refusal refusal;
};

// A Service of type LoadBalancer that is left to another controller.
struct OtherClass {
  std::string name;  // its loadBalancerClass; empty = it has none
  std::vector<Address> addresses;
};

struct SourceReport {
  bool cluster = false;                           // the API decides, not a file
  std::vector<std::string> remarks{};             // one line each
  std::map<std::string, std::string> problems{};  // object → what is wrong with it, and the mend
  std::vector<OwnerRefusal> refusals{};           // by owner
  std::map<std::string, OtherClass> other_classes{};  // by owner; those with an address
  std::map<std::string, ResourceWatch::Restarts> watch_restarts{};  // by resource
  std::uint64_t updates = 0;                                        // pieces of news so far
  std::uint64_t update_errors = 0;                                  // of them those with a problem
};

}  // namespace isat
