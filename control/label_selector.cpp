// SPDX-License-Identifier: Apache-2.0
// A Kubernetes label selector.
#include "control/label_selector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "control/json_field.h"
#include "control/quote.h"

namespace isat {
namespace {

using Operator = LabelRequirement::Operator;

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestPrefix = 253;

bool is_alphanumeric(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9');
}

// The API's rule for a label's name and value: begins and ends with a letter or digit.
bool is_word(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char byte) {
           return is_alphanumeric(byte) || byte == '-' || byte == '_' || byte == '.';
         });
}

bool is_key(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_word(text, kLongestName);
  return is_word(text.substr(0, slash), kLongestPrefix) &&
         is_word(text.substr(slash + 1), kLongestName);
}

std::optional<Operator> operator_named(const std::string& name) {
  if (name == "In") return Operator::kIn;
  if (name == "NotIn") return Operator::kNotIn;
  if (name == "Exists") return Operator::kExists;
  if (name == "DoesNotExist") return Operator::kDoesNotExist;
  return std::nullopt;
}

Result<void> check(const LabelRequirement& requirement, const std::string& field) {
  if (!is_key(requirement.key)) {
    return fail(field + ": invalid label selector: " + quote(requirement.key) +
                " is no label key; write [PREFIX/]NAME");
  }
  for (const auto& value : requirement.values) {
    if (value.empty() || is_word(value, kLongestName)) continue;
    return fail(field + ": invalid label selector: " + quote(value) +
                " is no label value; write at most 63 letters, digits, '-', '_' or '.'");
  }
  return {};
}

Result<LabelRequirement> parse_expression(const nlohmann::json& expression,
                                          const std::string& field) {
  LabelRequirement requirement{text_field(expression, {"key"})};
  const auto name = text_field(expression, {"operator"});
  const auto op = operator_named(name);
  if (!op) {
    return fail(field + ".operator: invalid label selector: " + quote(name) +
                " is no operator; write In, NotIn, Exists or DoesNotExist");
  }
  requirement.op = *op;
  const auto* values = json_field(expression, {"values"});
  if (values != nullptr && values->is_array()) {
    for (const auto& value : *values) {
      if (value.is_string()) requirement.values.push_back(value.get<std::string>());
    }
  }
  std::sort(requirement.values.begin(), requirement.values.end());
  const bool takes_values = *op == Operator::kIn || *op == Operator::kNotIn;
  if (takes_values == requirement.values.empty()) {
    return fail(field + ".values: invalid label selector: " + name +
                (takes_values ? " needs values; write some" : " takes no values; remove them"));
  }
  const auto twice = std::adjacent_find(requirement.values.begin(), requirement.values.end());
  if (twice != requirement.values.end()) {
    return fail(field + ".values: duplicate definition of match expression value in label " +
                "selector " + quote(*twice) + "; remove one");
  }
  if (auto sound = check(requirement, field); !sound) return tl::unexpected(sound.error());
  return requirement;
}

}  // namespace

bool LabelRequirement::met_by(const Labels& labels) const {
  const auto found = labels.find(key);
  const bool present = found != labels.end();
  const auto listed = [&] {
    return std::binary_search(values.begin(), values.end(), found->second);
  };
  switch (op) {
    case Operator::kIn:
      return present && listed();
    case Operator::kNotIn:
      return !present || !listed();
    case Operator::kExists:
      return present;
    case Operator::kDoesNotExist:
      return !present;
  }
  return false;
}

std::string LabelRequirement::to_string() const {
  if (op == Operator::kExists) return key;
  if (op == Operator::kDoesNotExist) return "!" + key;
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ",") + value;
  return key + (op == Operator::kIn ? " in (" : " notin (") + list + ")";
}

Result<LabelSelector> LabelSelector::parse(const nlohmann::json& selector) {
  LabelSelector parsed;
  if (const auto* labels = json_field(selector, {"matchLabels"})) {
    if (auto added = parsed.add_labels(*labels); !added) return tl::unexpected(added.error());
  }
  if (const auto* expressions = json_field(selector, {"matchExpressions"})) {
    if (auto added = parsed.add_expressions(*expressions); !added) {
      return tl::unexpected(added.error());
    }
  }
  std::sort(parsed.requirements_.begin(), parsed.requirements_.end());
  return parsed;
}

Result<void> LabelSelector::add_labels(const nlohmann::json& labels) {
  if (!labels.is_object()) return {};
  for (const auto& [key, value] : labels.items()) {
    if (!value.is_string()) continue;
    LabelRequirement requirement{key, Operator::kIn, {value.get<std::string>()}};
    if (auto sound = check(requirement, "matchLabels"); !sound) return sound;
    requirements_.push_back(std::move(requirement));
  }
  return {};
}

Result<void> LabelSelector::add_expressions(const nlohmann::json& expressions) {
  if (!expressions.is_array()) return {};
  std::vector<LabelRequirement> parsed;
  for (std::size_t place = 0; place < expressions.size(); ++place) {
    const auto field = "matchExpressions[" + std::to_string(place) + "]";
    auto requirement = parse_expression(expressions[place], field);
    if (!requirement) return tl::unexpected(requirement.error());
    if (std::find(parsed.begin(), parsed.end(), *requirement) != parsed.end()) {
      return fail(field + ": duplicate definition of match expressions " +
                  quote(requirement->to_string()) + "; remove one");
    }
    parsed.push_back(*requirement);
    requirements_.push_back(std::move(*requirement));
  }
  return {};
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const auto& requirement) { return requirement.met_by(labels); });
}

std::string LabelSelector::to_string() const {
  std::string text;
  for (const auto& requirement : requirements_) {
    text += (text.empty() ? "" : ",") + requirement.to_string();
  }
  return text.empty() ? "everything" : text;
}

bool any_matches(const std::vector<LabelSelector>& selectors, const Labels& labels) {
  return selectors.empty() ||
         std::any_of(selectors.begin(), selectors.end(),
                     [&](const auto& selector) { return selector.matches(labels); });
}

}  // namespace isat
