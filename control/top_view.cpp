// SPDX-License-Identifier: Apache-2.0
// What `isat top` shows, between two looks at the maps.
#include "control/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "control/interface_names.h"
#include "control/table.h"
#include "dataplane/outcome.h"

namespace isat {
namespace {

// Lines for the outcomes; the addresses get the rest.
constexpr std::size_t kOutcomesShown = 8;

double rate(std::uint64_t before, std::uint64_t now, std::chrono::duration<double> between) {
  const auto since = now >= before ? now - before : now;
  return between.count() > 0 ? static_cast<double>(since) / between.count() : 0;
}

std::vector<AddressRate> address_rates(const PinnedState& before, const PinnedState& now,
                                       std::chrono::duration<double> between) {
  const InterfaceNames name(now);
  std::map<AnnouncementKey, std::uint64_t> counts;
  for (const auto& actual : before.announcements) {
    counts.emplace(actual.announcement.key, actual.answered);
  }
  std::vector<AddressRate> rates;
  rates.reserve(now.announcements.size());
  for (const auto& actual : now.announcements) {
    const auto& key = actual.announcement.key;
    const auto known = counts.find(key);
    const auto count = known == counts.end() ? 0 : known->second;
    rates.push_back({key.address.to_string(), name(key.interface),
                     rate(count, actual.answered, between), actual.answered, actual.yielded});
  }
  return rates;
}

std::string spelt(const std::string& holder) {
  return holder.empty() ? "nobody" : holder;
}

// Those of the map in their order, then those that only the speaker knows of.
void add_holders(std::vector<AddressRate>& rates,
                 const std::map<std::string, std::string>& holders) {
  std::set<std::string> here;
  for (auto& row : rates) {
    here.insert(row.address);
    const auto known = holders.find(row.address);
    if (known != holders.end()) row.holder = spelt(known->second);
  }
  for (const auto& [address, holder] : holders) {
    if (here.contains(address)) continue;
    rates.push_back({address, "", 0, 0, false, spelt(holder)});
  }
}

const char* state_word(const AddressRate& row) {
  if (row.interface.empty()) return "not here";
  return row.yielded ? "yielded" : "announced";
}

std::vector<OutcomeRate> outcome_rates(const PinnedState& before, const PinnedState& now,
                                       std::chrono::duration<double> between) {
  std::map<std::string, const OutcomeCounts*> counts;
  for (const auto& interface : before.outcomes) counts.emplace(interface.name, &interface.counts);
  std::vector<OutcomeRate> rates;
  for (const auto& interface : now.outcomes) {
    const auto known = counts.find(interface.name);
    for (std::size_t family = 0; family < FAMILY_COUNT; ++family) {
      for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
        const auto frames = interface.counts[family][outcome];
        const auto count = known == counts.end() ? 0 : (*known->second)[family][outcome];
        if (frames == 0) continue;
        rates.push_back({interface.name, std::string(family_name(static_cast<isat_family>(family))),
                         std::string(outcome_name(static_cast<isat_outcome>(outcome))),
                         rate(count, frames, between), frames});
      }
    }
  }
  return rates;
}

template <typename Rates>
void busiest_first(Rates& rates) {
  std::stable_sort(rates.begin(), rates.end(), [](const auto& left, const auto& right) {
    return left.per_second > right.per_second;
  });
}

std::string per_second(double rate) {
  return fmt::format("{:.0f}", rate);
}

void add_table(std::vector<std::string>& lines, const std::vector<std::vector<std::string>>& rows) {
  std::istringstream text(render_table(rows));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
}

}  // namespace

TopView compare(const PinnedState& before, const PinnedState& now,
                std::chrono::duration<double> between, const Holders& holders) {
  TopView view{address_rates(before, now, between), outcome_rates(before, now, between), 0,
               holders.has_value()};
  for (const auto& row : view.addresses) view.answered_per_second += row.per_second;
  busiest_first(view.addresses);
  if (holders) add_holders(view.addresses, *holders);
  busiest_first(view.outcomes);
  return view;
}

std::vector<std::string> top_lines(const TopView& view, const std::string& headline,
                                   std::size_t height) {
  std::vector<std::string> lines{headline,
                                 fmt::format("{} addresses; {:.0f} requests answered a second",
                                             view.addresses.size(), view.answered_per_second),
                                 ""};
  std::vector<std::vector<std::string>> rows{{"INTERFACE", "FAMILY", "OUTCOME", "/S", "FRAMES"}};
  for (const auto& row : view.outcomes) {
    if (rows.size() > kOutcomesShown) break;
    rows.push_back({row.interface, row.family, row.outcome, per_second(row.per_second),
                    std::to_string(row.frames)});
  }
  add_table(lines, rows);
  lines.emplace_back();

  rows = {{"ADDRESS", "INTERFACE", "/S", "ANSWERED", "STATE"}};
  if (view.holders_known) rows.front().push_back("HOLDER");
  const auto room = height > lines.size() + 2 ? height - lines.size() - 2 : 0;
  for (const auto& row : view.addresses) {
    if (rows.size() > room) break;
    rows.push_back({row.address, row.interface, per_second(row.per_second),
                    std::to_string(row.answered), state_word(row)});
    if (view.holders_known) rows.back().push_back(row.holder.empty() ? "?" : row.holder);
  }
  const auto left_out = view.addresses.size() - (rows.size() - 1);
  add_table(lines, rows);
  if (left_out > 0) lines.push_back(fmt::format("and {} more", left_out));
  if (lines.size() > height) lines.resize(height);
  return lines;
}

nlohmann::ordered_json top_json(const TopView& view) {
  nlohmann::ordered_json json = {{"answered_per_second", view.answered_per_second},
                                 {"addresses", nlohmann::ordered_json::array()},
                                 {"outcomes", nlohmann::ordered_json::array()}};
  for (const auto& row : view.addresses) {
    json["addresses"].push_back({{"address", row.address},
                                 {"interface", row.interface},
                                 {"per_second", row.per_second},
                                 {"answered", row.answered},
                                 {"yielded", row.yielded},
                                 {"holder", nullptr}});
    if (!row.holder.empty()) json["addresses"].back()["holder"] = row.holder;
  }
  for (const auto& row : view.outcomes) {
    json["outcomes"].push_back({{"interface", row.interface},
                                {"family", row.family},
                                {"outcome", row.outcome},
                                {"per_second", row.per_second},
                                {"frames", row.frames}});
  }
  return json;
}

}  // namespace isat
