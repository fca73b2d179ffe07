// SPDX-License-Identifier: Apache-2.0
// What the text of a single setting means.
#include "control/setting_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

#include "control/eligible_interface.h"
#include "control/quote.h"
#include "dataplane/address.h"

namespace isat {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array kUnits{Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                            Unit{"ms", 1}};

template <typename T>
std::optional<T> digits(std::string_view text) {
  T value{};
  const auto* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || parsed != end) return {};
  return value;
}

bool only(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

constexpr std::string_view kLabel = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view kHostName =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

bool is_host(std::string_view host) {
  constexpr std::size_t kLongestHostName = 253;
  if (only(host, "0123456789.")) return Address::parse(host).has_value();
  return only(host, kHostName) && host.size() <= kLongestHostName;
}

bool is_bracketed_v6(std::string_view host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  const auto address = Address::parse(host.substr(1, host.size() - 2));
  return address && !address->is_v4();
}

}  // namespace

Result<std::uint32_t> parse_number(const std::string& text, std::uint32_t least,
                                   std::uint32_t most) {
  const auto number = digits<std::uint32_t>(text);
  if (number && *number >= least && *number <= most) return *number;
  return fail(quote(text) + " is no number in range; write " + std::to_string(least) + " to " +
              std::to_string(most));
}

Result<std::chrono::milliseconds> parse_duration(const std::string& text) {
  constexpr std::size_t kMostDigits = 6;  // keeps every product far below 2^63
  const auto refuse = [&] {
    return fail(quote(text) + " is no duration; write one like 1.1s or 500ms");
  };
  const auto unit_at = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view number = std::string_view(text).substr(0, unit_at);
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& candidate) {
    return candidate.name == std::string_view(text).substr(unit_at);
  });
  if (unit == kUnits.end()) return refuse();

  const auto point = std::min(number.find('.'), number.size());
  const auto whole = number.substr(0, point);
  const auto fraction = point < number.size() ? number.substr(point + 1) : std::string_view("0");
  if (whole.size() > kMostDigits || fraction.size() > kMostDigits) return refuse();
  const auto units = digits<std::int64_t>(whole);
  const auto parts = digits<std::int64_t>(fraction);
  if (!units || !parts) return refuse();
  std::int64_t scale = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) scale *= 10;
  if (*parts * unit->milliseconds % scale != 0) {
    return fail(quote(text) + " is finer than a millisecond; round it");
  }
  return std::chrono::milliseconds(*units * unit->milliseconds +
                                   *parts * unit->milliseconds / scale);
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& candidate) {
    return duration.count() >= candidate.milliseconds &&
           duration.count() % candidate.milliseconds == 0;
  });
  if (unit == kUnits.end()) return "0s";
  return std::to_string(duration.count() / unit->milliseconds) + std::string(unit->name);
}

Result<std::string> check_listen(const std::string& text) {
  if (text.empty()) return text;
  const auto colon = std::min(text.rfind(':'), text.size());
  const auto host = std::string_view(text).substr(0, colon);
  const auto port = colon < text.size() ? std::string_view(text).substr(colon + 1) : "";
  if (const auto bare = Address::parse(text); bare && !bare->is_v4()) {
    return fail(quote(text) + " is an IPv6 address without port; write [ADDRESS]:PORT");
  }
  const auto number = digits<std::uint16_t>(port);
  if (!number || *number == 0) {
    return fail(quote(text) + " has no port from 1 to 65535; write HOST:PORT");
  }
  if (host.find(':') != host.npos && !is_bracketed_v6(host)) {
    return fail(quote(text) + " is no IPv6 address in brackets; write [ADDRESS]:PORT");
  }
  if (!is_bracketed_v6(host) && !is_host(host)) {
    return fail(quote(host) + " is no address or host name; write HOST:PORT, as in 127.0.0.1:7471");
  }
  return text;
}

Result<std::string> check_absolute_path(const std::string& text) {
  if (!text.empty() && text.front() == '/') return text;
  return fail(quote(text) + " is not an absolute path; begin it with '/'");
}

Result<std::string> check_namespace(const std::string& text) {
  constexpr std::size_t kLongestLabel = 63;
  if (only(text, kLabel) && text.size() <= kLongestLabel && text.front() != '-' &&
      text.back() != '-') {
    return text;
  }
  return fail(quote(text) +
              " is no Kubernetes namespace; write lower-case letters, digits and '-'");
}

Result<std::string> check_interface_pattern(const std::string& text) {
  if (auto compiled = compile_interface_pattern(text); !compiled) {
    return tl::unexpected(compiled.error());
  }
  return text;
}

}  // namespace isat
