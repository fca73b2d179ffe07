// SPDX-License-Identifier: Apache-2.0
// What the running speaker says of the cluster, read back from its account, for `isat explain`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/service_standing.h"

namespace isat {

struct AccountRefusal {
  std::string owner;
  std::vector<std::string> addresses;
  std::string reason;  // MetalLB's word
  std::string cause;
  std::string mend;  // empty when the speaker named none
};

struct AccountAddress {
  std::vector<std::string> owners;
  std::string holder;                     // empty = nobody
  std::vector<std::string> candidates;    // in the order of the election
  std::vector<std::string> interfaces{};  // patterns, of this node's; empty = any
};

struct AccountOtherClass {
  std::string owner;
  std::string name;  // of the class; empty = none
  std::vector<std::string> addresses;
};

struct ClusterAccount {
  std::string node;
  bool in_touch = false;
  std::string out_of_touch_cause;
  std::map<std::string, AccountAddress> addresses;  // by the address's text
  std::vector<AccountRefusal> refusals;
  std::vector<AccountOtherClass> other_classes{};
  std::map<std::string, ServiceStanding> standings{};  // by owner
  std::map<std::string, std::string> nodes_by_mac{};   // of the speakers alive

  // Null when nothing is said against the address. One of the Services that share it may be refused
  // while another has it: that is no refusal of the address.
  [[nodiscard]] const AccountRefusal* refusal(const std::string& address) const;
  // Null when no Service of another class has it.
  [[nodiscard]] const AccountOtherClass* other_class(const std::string& address) const;
  // Services that have no address yet.
  [[nodiscard]] std::vector<std::string> waiting() const;
};

// Tolerates an account of another version: what is not as expected is absent. Nothing when it is
// none of a cluster.
[[nodiscard]] std::optional<ClusterAccount> parse_account(const std::string& text);

}  // namespace isat
