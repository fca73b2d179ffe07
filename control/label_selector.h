// SPDX-License-Identifier: Apache-2.0
// A Kubernetes label selector: which objects it means, by their labels.
#pragma once

#include <compare>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/labels.h"
#include "dataplane/result.h"

namespace isat {

struct LabelRequirement {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };

  std::string key;
  Operator op = Operator::kExists;
  std::vector<std::string> values{};  // ordered; only for kIn and kNotIn

  [[nodiscard]] bool met_by(const Labels& labels) const;
  [[nodiscard]] std::string to_string() const;  // as kubectl writes it: "tier in (a,b)"
  auto operator<=>(const LabelRequirement&) const = default;
};

class LabelSelector {
 public:
  // The API's form. An error is "FIELD: problem; mend", FIELD within the selector; its words are
  // MetalLB's where it has some.
  [[nodiscard]] static Result<LabelSelector> parse(const nlohmann::json& selector);

  // Every requirement is met; so a selector without any means every object.
  [[nodiscard]] bool matches(const Labels& labels) const;
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const LabelSelector&) const = default;

 private:
  [[nodiscard]] Result<void> add_labels(const nlohmann::json& labels);
  [[nodiscard]] Result<void> add_expressions(const nlohmann::json& expressions);

  std::vector<LabelRequirement> requirements_;  // ordered: equal selectors are equal
};

// One of them matches, or there is none to match.
[[nodiscard]] bool any_matches(const std::vector<LabelSelector>& selectors, const Labels& labels);

}  // namespace isat
