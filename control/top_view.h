// SPDX-License-Identifier: Apache-2.0
// What `isat top` shows: how much of what was answered, between two looks at the maps. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/pinned_state.h"

namespace isat {

// By the address's text, as the speaker says; empty = nobody. Absent = no speaker could be asked.
using Holders = std::optional<std::map<std::string, std::string>>;

struct AddressRate {
  std::string address;
  std::string interface;       // empty = not in this node's map
  double per_second = 0;       // requests answered
  std::uint64_t answered = 0;  // since the announcement began
  bool yielded = false;
  std::string holder{};  // a node, or "nobody"; empty = not known
};

struct OutcomeRate {
  std::string interface;
  std::string family;
  std::string outcome;
  double per_second = 0;  // frames
  std::uint64_t frames = 0;
};

struct TopView {
  std::vector<AddressRate> addresses;  // the busiest first, then by address; then those elsewhere
  std::vector<OutcomeRate> outcomes;   // those that ever happened, the busiest first
  double answered_per_second = 0;
  bool holders_known = false;
};

// A count that is smaller now than before (the speaker replaced the maps) began anew.
[[nodiscard]] TopView compare(const PinnedState& before, const PinnedState& now,
                              std::chrono::duration<double> between, const Holders& holders = {});

// At most `height` lines; the addresses that do not fit are counted in the last one.
[[nodiscard]] std::vector<std::string> top_lines(const TopView& view, const std::string& headline,
                                                 std::size_t height);
[[nodiscard]] nlohmann::ordered_json top_json(const TopView& view);

}  // namespace isat
