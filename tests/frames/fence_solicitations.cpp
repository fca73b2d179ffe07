// SPDX-License-Identifier: Apache-2.0
// Rows G1 to G5 of docs/WIRE.md.
#include "tests/frames/solicitation.h"

namespace isat::frames {
namespace {

using Deadline = Setting::Deadline;

const Frame kArpReply = arp_reply(kClient, kClient4, kTarget4);
const Frame kAnswer = advertisement(kClient, kClient6, kTarget6);

Solicitation arp_row(std::string name, isat_outcome outcome, Setting setting) {
  Solicitation row{
      "arp " + std::move(name), "G1", arp(), FAMILY_ARP, outcome, std::nullopt, {}, setting};
  if (outcome == OUTCOME_ANSWERED && !setting.observe) row.reply = kArpReply;
  return row;
}

Solicitation ndp_row(std::string name, isat_outcome outcome, Setting setting) {
  Solicitation row{
      "ndp " + std::move(name), "G1", nd(), FAMILY_NDP, outcome, std::nullopt, {}, setting};
  if (outcome == OUTCOME_ANSWERED && !setting.observe) row.reply = kAnswer;
  return row;
}

void add_deadline(std::vector<Solicitation>& rows) {
  for (const auto& make : {arp_row, ndp_row}) {
    rows.push_back(make("deadline ahead", OUTCOME_ANSWERED, {.deadline = Deadline::kAhead}));
    rows.push_back(make("deadline ahead, strict", OUTCOME_ANSWERED,
                        {.deadline = Deadline::kAhead, .strict = true}));
    rows.push_back(make("deadline ahead, yielded before", OUTCOME_ANSWERED,
                        {.deadline = Deadline::kAhead, .yielded = true}));
    rows.push_back(make("no deadline, yielded before", OUTCOME_ANSWERED, {.yielded = true}));
    rows.push_back(make("no deadline, strict", OUTCOME_ANSWERED, {.strict = true}));
    rows.push_back(make("deadline passed", OUTCOME_ANSWERED, {.deadline = Deadline::kPassed}));
    rows.push_back(make("deadline passed, yielded", OUTCOME_SILENT,
                        {.deadline = Deadline::kPassed, .yielded = true}));
    rows.push_back(make("deadline passed, strict", OUTCOME_SILENT,
                        {.deadline = Deadline::kPassed, .strict = true}));
  }
}

void add_yields(std::vector<Solicitation>& rows) {
  const Frame announcement = arp(rival_announcement());
  const Frame reply = arp({.destination = kClient,
                           .operation = 2,
                           .sender_mac = kRival,
                           .sender = kTarget4,
                           .target_mac = kClient,
                           .target = kClient4});
  const Frame request = arp({.sender_mac = kRival, .sender = kTarget4, .target = kStranger4});
  const Frame na = nd(rival_advertisement());
  const auto conflict = [&](std::string name, Frame frame, isat_family family,
                            std::vector<event_kind> events, Setting setting) {
    rows.push_back({std::move(name), "G1", std::move(frame), family, OUTCOME_CONFLICT, std::nullopt,
                    std::move(events), setting});
  };
  const Setting passed{.deadline = Deadline::kPassed};
  conflict("announcement past the deadline yields", announcement, FAMILY_ARP,
           {EVENT_CONFLICT, EVENT_YIELD}, passed);
  conflict("reply past the deadline yields", reply, FAMILY_ARP, {EVENT_CONFLICT, EVENT_YIELD},
           passed);
  conflict("advertisement past the deadline yields", na, FAMILY_NDP, {EVENT_CONFLICT, EVENT_YIELD},
           passed);
  conflict("request past the deadline does not yield", request, FAMILY_ARP, {EVENT_CONFLICT},
           passed);
  conflict("announcement before the deadline does not yield", announcement, FAMILY_ARP,
           {EVENT_CONFLICT}, {.deadline = Deadline::kAhead});
  conflict("announcement past a strict deadline does not yield", announcement, FAMILY_ARP,
           {EVENT_CONFLICT}, {.deadline = Deadline::kPassed, .strict = true});
  conflict("a yield happens once", announcement, FAMILY_ARP, {EVENT_CONFLICT},
           {.deadline = Deadline::kPassed, .yielded = true});
}

void add_any(std::vector<Solicitation>& rows) {
  rows.push_back({"TCP", "G2", tcp(), FAMILY_OTHER, OUTCOME_OTHER_TRAFFIC, std::nullopt, {}, {}});
  rows.push_back({"our ARP answer is not answered",
                  "G3",
                  arp_reply(kClient, kClient4, kTarget4),
                  FAMILY_ARP,
                  OUTCOME_NOT_SOLICITATION,
                  std::nullopt,
                  {},
                  {}});
  rows.push_back({"our advertisement is not answered",
                  "G3",
                  kAnswer,
                  FAMILY_NDP,
                  OUTCOME_NOT_SOLICITATION,
                  std::nullopt,
                  {},
                  {}});
  rows.push_back({"all ones",
                  "G3",
                  Frame(60, 0xff),
                  FAMILY_OTHER,
                  OUTCOME_OTHER_TRAFFIC,
                  std::nullopt,
                  {},
                  {}});
  for (const auto& make : {arp_row, ndp_row}) {
    auto row = make("observed", OUTCOME_ANSWERED, {.observe = true});
    row.rule = "G5";
    rows.push_back(std::move(row));
  }
  Solicitation row{"trailer stays when observing",
                   "G5",
                   padded(arp(), 90, 0xee),
                   FAMILY_ARP,
                   OUTCOME_ANSWERED,
                   std::nullopt,
                   {},
                   {.observe = true}};
  rows.push_back(std::move(row));
}

}  // namespace

std::vector<Solicitation> fence_solicitations() {
  std::vector<Solicitation> rows;
  add_deadline(rows);
  add_yields(rows);
  add_any(rows);
  return rows;
}

}  // namespace isat::frames
