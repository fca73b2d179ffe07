// SPDX-License-Identifier: Apache-2.0
// Who holds an address and why.
#include "control/address_account.h"

#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "control/table.h"

namespace isat {
namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

// In short: what makes the first the first.
std::string why_first(const std::vector<Candidate>& candidates) {
  if (candidates.empty()) return "no live node may announce it";
  if (candidates.size() == 1) return "the only candidate";
  if (candidates[0].sticks) return "it holds it already, and failback is off";
  if (candidates[0].score > candidates[1].score) return "preferred by an L2Advertisement";
  return "first in the order of the election";
}

std::string joined(const ordered_json& texts) {
  std::string text;
  for (const auto& each : texts) {
    text += (text.empty() ? "" : ", ") + each.get<std::string>();
  }
  return text;
}

Rows address_rows(const ordered_json& account) {
  Rows rows{{"ADDRESS", "HOLDER", "CANDIDATES", "OWNERS", "WHY"}};
  for (const auto& each : account.at("addresses")) {
    std::string candidates;
    for (const auto& candidate : each.at("candidates")) {
      candidates += (candidates.empty() ? "" : ", ") + candidate.at("node").get<std::string>();
    }
    const auto& holder = each.at("holder");
    rows.push_back({each.at("address"), holder.is_null() ? "nobody" : holder.get<std::string>(),
                    candidates, joined(each.at("owners")), each.at("why")});
  }
  return rows;
}

Rows refusal_rows(const ordered_json& account) {
  Rows rows{{"NOT FROM HERE", "ADDRESSES", "REASON", "WHY"}};
  for (const auto& each : account.at("refusals")) {
    rows.push_back(
        {each.at("owner"), joined(each.at("addresses")), each.at("reason"), each.at("sentence")});
  }
  return rows;
}

ordered_json standing_json(const ServiceStanding& standing) {
  return {{"owner", standing.owner},
          {"unrestricted", standing.unrestricted},
          {"pool", standing.pool},
          {"advertisements", standing.advertisements},
          {"node", standing.node},
          {"endpoints", standing.endpoints},
          {"endpoint_nodes", standing.endpoint_nodes},
          {"endpoint_here", standing.endpoint_here},
          {"local", standing.local}};
}

std::string section(const Rows& rows) {
  return rows.size() > 1 ? "\n" + render_table(rows) : "";
}

}  // namespace

ordered_json account_json(const AccountParts& parts) {
  const auto& [node, state, source, addresses, standings, members] = parts;
  ordered_json json = {{"node", node},
                       {"source", source.cluster ? "kubernetes" : "file"},
                       {"ready", state.ready},
                       {"in_touch", state.in_touch},
                       {"cause", state.cause},
                       {"remarks", source.remarks},
                       {"problems", source.problems},
                       {"failures", state.failures},
                       {"addresses", ordered_json::array()},
                       {"refusals", ordered_json::array()},
                       {"other_classes", ordered_json::array()},
                       {"services", ordered_json::array()},
                       {"members", ordered_json::array()}};
  for (const auto& each : addresses) {
    ordered_json row = {{"address", each.address.to_string()},
                        {"owners", each.owners},
                        {"holder", nullptr},
                        {"candidates", ordered_json::array()},
                        {"interfaces", each.interfaces},
                        {"why", why_first(each.candidates)}};
    if (!each.candidates.empty()) row["holder"] = each.candidates.front().node;
    for (const auto& candidate : each.candidates) {
      row["candidates"].push_back({{"node", candidate.node}, {"score", candidate.score}});
    }
    json["addresses"].push_back(std::move(row));
  }
  for (const auto& each : source.refusals) {
    ordered_json row = {{"owner", each.owner},
                        {"addresses", ordered_json::array()},
                        {"reason", each.refusal.reason},
                        {"sentence", each.refusal.sentence}};
    for (const auto& address : each.addresses) row["addresses"].push_back(address.to_string());
    json["refusals"].push_back(std::move(row));
  }
  for (const auto& [owner, other] : source.other_classes) {
    ordered_json row = {
        {"owner", owner}, {"class", other.name}, {"addresses", ordered_json::array()}};
    for (const auto& address : other.addresses) row["addresses"].push_back(address.to_string());
    json["other_classes"].push_back(std::move(row));
  }
  for (const auto& each : standings) json["services"].push_back(standing_json(each));
  for (const auto& member : members) {
    ordered_json row = {{"node", member.node}, {"macs", ordered_json::array()}};
    if (member.interfaces) {
      for (const auto& interface : *member.interfaces) {
        row["macs"].push_back(interface.mac.to_string());
      }
    }
    json["members"].push_back(std::move(row));
  }
  return json;
}

std::string account_text(const ordered_json& account) {
  // Another version's speaker may answer: what is not as expected is not shown.
  try {
    std::string text = fmt::format("node      {}\n", account.at("node").get<std::string>());
    const auto cause = account.at("cause").get<std::string>();
    text += "source    " +
            (account.at("in_touch").get<bool>() ? std::string("in touch") : "lost: " + cause) +
            "\n";
    for (const auto& remark : account.at("remarks")) {
      text += "note      " + remark.get<std::string>() + "\n";
    }
    for (const auto* list : {"problems", "failures"}) {
      for (const auto& [object, cause_of] : account.at(list).items()) {
        text += "error     " + object + ": " + cause_of.get<std::string>() + "\n";
      }
    }
    return text + section(address_rows(account)) + section(refusal_rows(account));
  } catch (const nlohmann::json::exception&) {
    return "";
  }
}

}  // namespace isat
