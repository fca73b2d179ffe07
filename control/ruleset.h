// SPDX-License-Identifier: Apache-2.0
// The host's packet filters (nftables, and what iptables-nft made of them), as they were listed.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "dataplane/address.h"

namespace isat {

class Ruleset {
 public:
  using Name = std::tuple<std::string, std::string, std::string>;  // family, table, chain or set

  struct Chain {
    std::string type;  // "filter", "nat", "route"; empty = not a base chain
    std::string hook;
    std::int64_t priority = 0;
    bool drops = false;                 // by its policy
    std::vector<nlohmann::json> rules;  // the statements of each, an array
  };

  // From `nft -j list ruleset`. Tolerates whatever a newer nft prints.
  [[nodiscard]] static Ruleset parse(const std::string& text);

  [[nodiscard]] const std::map<Name, Chain>& chains() const { return chains_; }
  [[nodiscard]] const Chain* chain(const Name& name) const;
  // Of a named set or map; an empty array when there is none of that name.
  [[nodiscard]] const nlohmann::json& elements(const Name& name) const;
  // Spoken of by a rule that does not drop, by a map or by a set: kube-proxy's for its Services.
  [[nodiscard]] bool mentions(const Address& address) const { return mentioned_.contains(address); }

 private:
  void take_rule(const nlohmann::json& rule);

  std::map<Name, Chain> chains_;
  std::map<Name, nlohmann::json> elements_;
  std::set<Address> mentioned_;
};

// "table inet filter, chain forward"
[[nodiscard]] std::string chain_text(const Ruleset::Name& name);

}  // namespace isat
