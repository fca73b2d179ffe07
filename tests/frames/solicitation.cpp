// SPDX-License-Identifier: Apache-2.0
// How a row of the table is made, and the whole table.
#include "tests/frames/solicitation.h"

namespace isat::frames {
namespace {

isat_family family_of(const std::string& rule) {
  return rule.front() == 'A' ? FAMILY_ARP : FAMILY_NDP;
}

}  // namespace

Solicitation answered(std::string name, std::string rule, Frame frame, Frame reply) {
  auto row = passed(std::move(name), std::move(rule), std::move(frame), OUTCOME_ANSWERED);
  row.reply = std::move(reply);
  return row;
}

Solicitation passed(std::string name, std::string rule, Frame frame, isat_outcome outcome,
                    std::optional<isat_family> family, std::vector<event_kind> events) {
  const auto of_rule = family_of(rule);
  return {std::move(name), std::move(rule), std::move(frame),  family.value_or(of_rule),
          outcome,         std::nullopt,    std::move(events), {}};
}

std::vector<Solicitation> solicitations() {
  auto rows = arp_solicitations();
  for (auto more : {ndp_solicitations(), fence_solicitations(), order_solicitations()}) {
    rows.insert(rows.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
  }
  return rows;
}

}  // namespace isat::frames
