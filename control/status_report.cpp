// SPDX-License-Identifier: Apache-2.0
// What `isat status` shows.
#include "control/status_report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "control/address_account.h"
#include "control/interface_names.h"
#include "control/table.h"
#include "dataplane/attach_choice.h"
#include "dataplane/outcome.h"

namespace isat {
namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

std::size_t count(const PinnedState& state, Family family) {
  return static_cast<std::size_t>(std::count_if(
      state.announcements.begin(), state.announcements.end(),
      [&](const auto& actual) { return actual.announcement.key.address.family() == family; }));
}

double seconds_left(const StatusReport& report) {
  return (static_cast<double>(report.state.deadline.count()) -
          static_cast<double>(report.now.count())) /
         1e9;
}

std::string deadline_text(const StatusReport& report) {
  if (report.state.deadline.count() == 0) return "none: answered for ever";
  const double left = seconds_left(report);
  if (left >= 0) return fmt::format("in {:.1f} s", left);
  return fmt::format("passed {:.1f} s ago: the speaker no longer vouches", -left);
}

std::string speaker_text(const std::optional<pid_t>& speaker) {
  if (!speaker) return "not running";
  return *speaker == 0 ? "running" : "running, pid " + std::to_string(*speaker);
}

OutcomeCounts totals(const PinnedState& state) {
  OutcomeCounts sums{};
  for (const auto& interface : state.outcomes) {
    for (std::size_t family = 0; family < FAMILY_COUNT; ++family) {
      for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
        sums[family][outcome] += interface.counts[family][outcome];
      }
    }
  }
  return sums;
}

Rows attachment_rows(const PinnedState& state) {
  Rows rows{{"INTERFACE", "MODE", "ATTACHED", "WHY"}};
  for (const auto& [attachment, alive] : state.attachments) {
    rows.push_back({attachment.name, std::string(mode_name(attachment.mode)),
                    alive ? "yes" : "gone", attachment.reason});
  }
  return rows;
}

// Filters that could swallow requests before we see them.
std::string ahead_lines(const PinnedState& state) {
  std::string lines;
  for (const auto& [attachment, alive] : state.attachments) {
    for (const auto& program : attachment.ahead) {
      lines += "warning: on " + attachment.name + " " + program + " sees frames before isat does\n";
    }
  }
  return lines;
}

Rows announcement_rows(const PinnedState& state) {
  const InterfaceNames name(state);
  Rows rows{{"ADDRESS", "INTERFACE", "MAC", "ANSWERED", "STATE"}};
  for (const auto& actual : state.announcements) {
    rows.push_back({actual.announcement.key.address.to_string(),
                    name(actual.announcement.key.interface), actual.announcement.mac.to_string(),
                    std::to_string(actual.answered), actual.yielded ? "yielded" : "announced"});
  }
  return rows;
}

void add_outcomes(Rows& rows, const std::string& interface, const OutcomeCounts& counts) {
  for (std::size_t family = 0; family < FAMILY_COUNT; ++family) {
    for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
      if (counts[family][outcome] == 0) continue;
      rows.push_back({interface, std::string(family_name(static_cast<isat_family>(family))),
                      std::string(outcome_name(static_cast<isat_outcome>(outcome))),
                      std::to_string(counts[family][outcome])});
    }
  }
}

Rows outcome_rows(const PinnedState& state) {
  Rows rows{{"INTERFACE", "FAMILY", "OUTCOME", "FRAMES"}};
  for (const auto& interface : state.outcomes) add_outcomes(rows, interface.name, interface.counts);
  if (state.outcomes.size() > 1) add_outcomes(rows, "(all)", totals(state));
  return rows;
}

std::string section(const Rows& rows, const std::string& when_empty) {
  return "\n" + (rows.size() > 1 ? render_table(rows) : when_empty + "\n");
}

ordered_json counts_json(const OutcomeCounts& counts) {
  ordered_json object;
  for (std::size_t family = 0; family < FAMILY_COUNT; ++family) {
    auto& outcomes = object[std::string(family_name(static_cast<isat_family>(family)))];
    for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; ++outcome) {
      outcomes[std::string(outcome_name(static_cast<isat_outcome>(outcome)))] =
          counts[family][outcome];
    }
  }
  return object;
}

ordered_json deadline_json(const StatusReport& report) {
  if (report.state.deadline.count() == 0) return {{"state", "none"}, {"seconds_left", nullptr}};
  const double left = seconds_left(report);
  return {{"state", left < 0 ? "passed" : "ahead"}, {"seconds_left", left}};
}

ordered_json speaker_json(const std::optional<pid_t>& speaker) {
  ordered_json object{{"running", speaker.has_value()}};
  if (speaker && *speaker != 0) object["pid"] = *speaker;
  return object;
}

}  // namespace

std::string status_text(const StatusReport& report) {
  const auto& state = report.state;
  std::string text = fmt::format(
      "speaker   {}\n"
      "pin       {}\n"
      "deadline  {}\n"
      "capacity  {} announcements per family; in use: {} IPv4, {} IPv6\n",
      speaker_text(report.speaker), report.pin, deadline_text(report), state.capacity,
      count(state, Family::kIpv4), count(state, Family::kIpv6));
  for (const auto& warning : report.warnings) text += "warning   " + warning + "\n";
  if (!report.account.is_null()) text += account_text(report.account);
  text += section(attachment_rows(state), "Attached to no interface.") + ahead_lines(state);
  text += section(announcement_rows(state), "No address is announced.");
  text += section(outcome_rows(state), "No frame was seen.");
  return text;
}

ordered_json status_json(const StatusReport& report) {
  const auto& state = report.state;
  const InterfaceNames name(state);
  ordered_json json = {
      {"pin", report.pin},
      {"speaker", speaker_json(report.speaker)},
      {"deadline", deadline_json(report)},
      {"capacity", state.capacity},
      {"in_use", {{"ipv4", count(state, Family::kIpv4)}, {"ipv6", count(state, Family::kIpv6)}}},
      {"attachments", ordered_json::array()},
      {"announcements", ordered_json::array()},
      {"outcomes", ordered_json::array()},
      {"totals", counts_json(totals(state))},
      {"warnings", report.warnings},
      {"account", report.account}};
  for (const auto& [attachment, alive] : state.attachments) {
    json["attachments"].push_back({{"interface", attachment.name},
                                   {"ifindex", attachment.interface},
                                   {"mode", mode_name(attachment.mode)},
                                   {"attached", alive},
                                   {"reason", attachment.reason},
                                   {"ahead", attachment.ahead}});
  }
  for (const auto& actual : state.announcements) {
    json["announcements"].push_back({{"address", actual.announcement.key.address.to_string()},
                                     {"interface", name(actual.announcement.key.interface)},
                                     {"ifindex", actual.announcement.key.interface},
                                     {"mac", actual.announcement.mac.to_string()},
                                     {"answered", actual.answered},
                                     {"yielded", actual.yielded}});
  }
  for (const auto& interface : state.outcomes) {
    ordered_json row = {{"interface", interface.name}, {"ifindex", interface.interface}};
    row.update(counts_json(interface.counts));
    json["outcomes"].push_back(std::move(row));
  }
  return json;
}

}  // namespace isat
