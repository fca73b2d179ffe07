// SPDX-License-Identifier: Apache-2.0
// What the running speaker says of the cluster, read back.
#include "control/cluster_account.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/json_field.h"

namespace isat {
namespace {

using nlohmann::json;

const json& list(const json& object, std::string_view name) {
  static const json kNone = json::array();
  const auto* found = json_field(object, {name});
  return found != nullptr && found->is_array() ? *found : kNone;
}

std::vector<std::string> texts(const json& object, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& each : list(object, name)) {
    if (each.is_string()) found.push_back(each.get<std::string>());
  }
  return found;
}

// The speaker writes "cause; mend" (control/refusal.h).
AccountRefusal refusal_of(const json& row) {
  AccountRefusal refusal{text_field(row, {"owner"}), texts(row, "addresses"),
                         text_field(row, {"reason"}), text_field(row, {"sentence"}), ""};
  const auto at = refusal.cause.find("; ");
  if (at == std::string::npos) return refusal;
  refusal.mend = refusal.cause.substr(at + 2);
  refusal.cause.resize(at);
  return refusal;
}

AccountAddress address_of(const json& row) {
  AccountAddress address{
      texts(row, "owners"), text_field(row, {"holder"}), {}, texts(row, "interfaces")};
  for (const auto& candidate : list(row, "candidates")) {
    address.candidates.push_back(text_field(candidate, {"node"}));
  }
  return address;
}

bool is_true(const json& object, std::string_view name) {
  const auto* value = json_field(object, {name});
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

ServiceStanding standing_of(const json& row) {
  return {text_field(row, {"owner"}),
          is_true(row, "unrestricted"),
          text_field(row, {"pool"}),
          texts(row, "advertisements"),
          text_field(row, {"node"}),
          static_cast<std::size_t>(number_field(row, {"endpoints"})),
          static_cast<std::size_t>(number_field(row, {"endpoint_nodes"})),
          is_true(row, "endpoint_here"),
          is_true(row, "local")};
}

}  // namespace

const AccountRefusal* ClusterAccount::refusal(const std::string& address) const {
  const auto refused = [&](const std::string& owner) {
    return std::any_of(refusals.begin(), refusals.end(),
                       [&](const AccountRefusal& refusal) { return refusal.owner == owner; });
  };
  if (const auto known = addresses.find(address); known != addresses.end()) {
    const auto& owners = known->second.owners;
    if (!std::all_of(owners.begin(), owners.end(), refused)) return nullptr;
  }
  const auto found =
      std::find_if(refusals.begin(), refusals.end(), [&](const AccountRefusal& refusal) {
        return std::count(refusal.addresses.begin(), refusal.addresses.end(), address) > 0;
      });
  return found == refusals.end() ? nullptr : &*found;
}

const AccountOtherClass* ClusterAccount::other_class(const std::string& address) const {
  const auto found =
      std::find_if(other_classes.begin(), other_classes.end(), [&](const AccountOtherClass& each) {
        return std::count(each.addresses.begin(), each.addresses.end(), address) > 0;
      });
  return found == other_classes.end() ? nullptr : &*found;
}

std::vector<std::string> ClusterAccount::waiting() const {
  std::vector<std::string> owners;
  for (const auto& each : refusals) {
    if (each.reason == "noIPAllocated") owners.push_back(each.owner);
  }
  return owners;
}

std::optional<ClusterAccount> parse_account(const std::string& text) {
  const auto object = json::parse(text, nullptr, false);
  ClusterAccount account;
  account.node = text_field(object, {"node"});
  if (account.node.empty() || text_field(object, {"source"}) != "kubernetes") return std::nullopt;
  account.in_touch = is_true(object, "in_touch");
  account.out_of_touch_cause = text_field(object, {"cause"});
  for (const auto& row : list(object, "addresses")) {
    account.addresses.emplace(text_field(row, {"address"}), address_of(row));
  }
  for (const auto& row : list(object, "refusals")) account.refusals.push_back(refusal_of(row));
  for (const auto& row : list(object, "other_classes")) {
    account.other_classes.push_back(
        {text_field(row, {"owner"}), text_field(row, {"class"}), texts(row, "addresses")});
  }
  for (const auto& row : list(object, "services")) {
    account.standings.emplace(text_field(row, {"owner"}), standing_of(row));
  }
  for (const auto& row : list(object, "members")) {
    for (auto& mac : texts(row, "macs")) {
      account.nodes_by_mac.emplace(std::move(mac), text_field(row, {"node"}));
    }
  }
  return account;
}

}  // namespace isat
