// SPDX-License-Identifier: Apache-2.0
// Which interfaces the speaker serves.
#include "control/eligible_interface.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "control/quote.h"

namespace isat {
namespace {

// As in MetalLB's config/native/exclude-l2-config.yaml.
const std::vector<std::string>& default_excludes() {
  static const std::vector<std::string> patterns{
      "^docker.*",    "^cbr.*", "^dummy.*",        "^virbr.*", "^lxcbr.*",
      "^veth.*",      "^lo$",   "^cali.*",         "^tunl.*",  "^flannel.*",
      "^kube-ipvs.*", "^cni.*", "^nodelocaldns.*", "^lxc.*"};
  return patterns;
}

}  // namespace

Result<std::regex> compile_interface_pattern(const std::string& pattern) {
  // std::regex recurses over a pattern's text, and names end at 15 bytes anyway.
  constexpr std::size_t kLongestPattern = 128;
  if (pattern.empty()) return fail("an empty pattern matches no interface; remove it");
  if (pattern.size() > kLongestPattern) {
    return fail(quote(pattern) + " is longer than " + std::to_string(kLongestPattern) +
                " characters; split it over several patterns");
  }
  try {
    return std::regex(pattern, std::regex::ECMAScript);
  } catch (const std::regex_error& error) {
    return fail(quote(pattern) + " is no regular expression: " + one_line(error.what()) +
                "; mend it");
  }
}

Result<InterfaceFilter> InterfaceFilter::make(
    const std::optional<std::vector<std::string>>& interfaces,
    const std::optional<std::vector<std::string>>& exclude_interfaces) {
  InterfaceFilter filter;
  if (interfaces) {
    auto chosen = compile(*interfaces);
    if (!chosen) return fail("interfaces: " + chosen.error().message);
    filter.chosen_ = std::move(*chosen);
  }
  const auto none = std::vector<std::string>{};
  auto excluded = compile(exclude_interfaces ? *exclude_interfaces
                          : interfaces       ? none
                                             : default_excludes());
  if (!excluded) return fail("exclude_interfaces: " + excluded.error().message);
  filter.excluded_ = std::move(*excluded);
  return filter;
}

Eligibility InterfaceFilter::check(const Interface& interface) const {
  const auto refuse = [](std::string reason) { return Eligibility{false, std::move(reason)}; };
  // Names first: they say what a person meant, the rest may change with the next event.
  if (chosen_ && match(*chosen_, interface.name) == nullptr) {
    return refuse("matches none of `interfaces`");
  }
  if (const auto* pattern = match(excluded_, interface.name)) {
    return refuse("is excluded by " + quote(pattern->text));
  }
  if (!interface.up) return refuse("is down");
  if (!interface.broadcast) return refuse("has no broadcast");
  if (interface.master != 0) {
    return refuse("is enslaved to interface " + std::to_string(interface.master));
  }
  if (interface.no_arp) return refuse("does no ARP (NOARP)");
  return {true, ""};
}

Result<InterfaceFilter::Patterns> InterfaceFilter::compile(const std::vector<std::string>& texts) {
  Patterns patterns;
  for (const auto& text : texts) {
    auto compiled = compile_interface_pattern(text);
    if (!compiled) return tl::unexpected(compiled.error());
    patterns.push_back({text, std::move(*compiled)});
  }
  return patterns;
}

const InterfaceFilter::Pattern* InterfaceFilter::match(const Patterns& patterns,
                                                       const std::string& name) {
  const auto found = std::find_if(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
    return std::regex_match(name, pattern.compiled);
  });
  return found == patterns.end() ? nullptr : &*found;
}

}  // namespace isat
