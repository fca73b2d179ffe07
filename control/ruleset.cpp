// SPDX-License-Identifier: Apache-2.0
// The host's packet filters, as they were listed.
#include "control/ruleset.h"

#include <algorithm>

#include "control/json_field.h"
#include "control/quote.h"

namespace isat {
namespace {

using nlohmann::json;

Ruleset::Name name_of(const json& object, const char* last) {
  return {text_field(object, {"family"}), text_field(object, {"table"}),
          text_field(object, {last})};
}

void take_addresses(const json& value, std::set<Address>& into) {
  if (value.is_string()) {
    if (const auto address = Address::parse(value.get_ref<const std::string&>())) {
      into.insert(*address);
    }
  } else if (value.is_structured()) {
    for (const auto& each : value) take_addresses(each, into);
  }
}

bool drops(const json& statements) {
  return std::any_of(statements.begin(), statements.end(), [](const json& statement) {
    return statement.is_object() && (statement.contains("drop") || statement.contains("reject"));
  });
}

}  // namespace

void Ruleset::take_rule(const json& rule) {
  const auto* statements = json_field(rule, {"expr"});
  if (statements == nullptr || !statements->is_array()) return;
  chains_[name_of(rule, "chain")].rules.push_back(*statements);
  if (!isat::drops(*statements)) take_addresses(*statements, mentioned_);
}

Ruleset Ruleset::parse(const std::string& text) {
  Ruleset ruleset;
  const auto parsed = json::parse(text, nullptr, false);
  const auto* objects = json_field(parsed, {"nftables"});
  if (objects == nullptr || !objects->is_array()) return ruleset;
  for (const auto& object : *objects) {
    if (const auto* chain = json_field(object, {"chain"})) {
      auto& each = ruleset.chains_[name_of(*chain, "name")];
      each.type = text_field(*chain, {"type"});
      each.hook = text_field(*chain, {"hook"});
      each.priority = number_field(*chain, {"prio"});
      each.drops = text_field(*chain, {"policy"}) == "drop";
    }
    if (const auto* rule = json_field(object, {"rule"})) ruleset.take_rule(*rule);
    for (const char* kind : {"map", "set"}) {
      const auto* set = json_field(object, {kind});
      const auto* elements = json_field(object, {kind, "elem"});
      if (elements == nullptr || !elements->is_array()) continue;
      ruleset.elements_[name_of(*set, "name")] = *elements;
      take_addresses(*elements, ruleset.mentioned_);
    }
  }
  return ruleset;
}

const Ruleset::Chain* Ruleset::chain(const Name& name) const {
  const auto found = chains_.find(name);
  return found == chains_.end() ? nullptr : &found->second;
}

const json& Ruleset::elements(const Name& name) const {
  static const json kNone = json::array();
  const auto found = elements_.find(name);
  return found == elements_.end() ? kNone : found->second;
}

std::string chain_text(const Ruleset::Name& name) {
  const auto& [family, table, chain] = name;
  return "table " + family + " " + one_line(table) + ", chain " + one_line(chain);
}

}  // namespace isat
