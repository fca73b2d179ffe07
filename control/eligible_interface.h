// SPDX-License-Identifier: Apache-2.0
// Which interfaces the speaker serves: MetalLB's choice, unless the configuration names others.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

struct Eligibility {
  bool eligible = false;
  std::string reason;  // the first rule that fails, to follow the interface's name; else empty
};

// Compiles a pattern over interface names, to be used with std::regex_match: it has to match the
// whole name. An error is "problem; mend".
[[nodiscard]] Result<std::regex> compile_interface_pattern(const std::string& pattern);

class InterfaceFilter {
 public:
  // The two settings as configured. MetalLB's list of excluded names applies only when both are
  // absent: who names interfaces, veth0 for one, means them.
  [[nodiscard]] static Result<InterfaceFilter> make(
      const std::optional<std::vector<std::string>>& interfaces,
      const std::optional<std::vector<std::string>>& exclude_interfaces);

  [[nodiscard]] Eligibility check(const Interface& interface) const;

 private:
  struct Pattern {
    std::string text;
    std::regex compiled;
  };
  using Patterns = std::vector<Pattern>;

  InterfaceFilter() = default;
  [[nodiscard]] static Result<Patterns> compile(const std::vector<std::string>& texts);
  [[nodiscard]] static const Pattern* match(const Patterns& patterns, const std::string& name);

  std::optional<Patterns> chosen_;  // absent = any name
  Patterns excluded_;
};

}  // namespace isat
