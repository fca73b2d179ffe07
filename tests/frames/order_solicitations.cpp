// SPDX-License-Identifier: Apache-2.0
// Frames to which two outcomes apply: docs/WIRE.md says which is the first, and that one is
// counted.
#include "tests/frames/solicitation.h"

namespace isat::frames {
namespace {

const Setting kStrictlyPassed{.deadline = Setting::Deadline::kPassed, .strict = true};
const MacAddress kGroup = mac("01:00:5e:00:00:01");
const Frame kAnswer = advertisement(kClient, kClient6, kTarget6);

class Rows {
 public:
  void arp(std::string rule, std::string name, Frame frame, isat_outcome outcome,
           Setting setting = {}) {
    add(std::move(rule), std::move(name), std::move(frame), FAMILY_ARP, outcome, setting);
  }
  void ndp(std::string rule, std::string name, Frame frame, isat_outcome outcome,
           Setting setting = {}) {
    add(std::move(rule), std::move(name), std::move(frame), FAMILY_NDP, outcome, setting);
  }
  void answered(std::string rule, std::string name, Frame frame, Frame reply) {
    ndp(std::move(rule), std::move(name), std::move(frame), OUTCOME_ANSWERED);
    all_.back().reply = std::move(reply);
  }
  [[nodiscard]] std::vector<Solicitation> take() { return std::move(all_); }

 private:
  void add(std::string rule, std::string name, Frame frame, isat_family family,
           isat_outcome outcome, const Setting& setting) {
    Solicitation row{
        std::move(name), std::move(rule), std::move(frame), family, outcome, std::nullopt, {},
        setting};
    if (outcome == OUTCOME_CONFLICT) row.events = {EVENT_CONFLICT};
    all_.push_back(std::move(row));
  }

  std::vector<Solicitation> all_;
};

void add_unsupported_first(Rows& rows) {
  rows.arp("A6", "hardware type IEEE 802 from a group", arp({.source = kGroup, .hardware = 6}),
           OUTCOME_UNSUPPORTED);
  rows.arp("A13", "802.1Q tag over a malformed request", tagged(arp({.sender_mac = kZero}), 42),
           OUTCOME_UNSUPPORTED);
  rows.ndp("N9", "ICMPv6 of 264 bytes from beyond a router",
           nd({.hop_limit = 254, .options = {{200, Frame(30 * 8 - 2, 0xee), {}}}}),
           OUTCOME_UNSUPPORTED);
}

void add_malformed_first(Rows& rows) {
  rows.arp("A8", "for a stranger, from sender hardware address zero",
           arp({.sender_mac = kZero, .target = kStranger4}), OUTCOME_MALFORMED);
  rows.arp("A8", "operation 3 from a group", arp({.source = kGroup, .operation = 3}),
           OUTCOME_MALFORMED);
  rows.arp("A10", "reply from a martian", arp({.operation = 2, .sender = address("127.0.0.1")}),
           OUTCOME_MALFORMED);
  auto fields = rival_announcement();
  fields.source = kGroup;
  rows.arp("A8", "rival's announcement from a group", arp(fields), OUTCOME_MALFORMED);
  rows.arp("A8", "from our own MAC, past a strict deadline", arp({.sender_mac = kOurs}),
           OUTCOME_MALFORMED, kStrictlyPassed);
  rows.ndp("N5", "for a stranger, from beyond a router",
           nd({.hop_limit = 254, .target = kStranger6}), OUTCOME_MALFORMED);
  rows.ndp("N7", "to another host, from a group",
           nd({.destination = kRival, .source = mac("33:33:00:00:00:02")}), OUTCOME_MALFORMED);
}

void add_conflict_first(Rows& rows) {
  auto fields = rival_announcement();
  fields.destination = kClient;
  rows.arp("A12", "rival's announcement to another host", arp(fields), OUTCOME_CONFLICT);
  rows.arp("A14", "rival's announcement behind a priority tag",
           tagged(arp(rival_announcement()), 0xa000), OUTCOME_CONFLICT);
  rows.arp("G5", "rival's announcement while observing", arp(rival_announcement()),
           OUTCOME_CONFLICT, {.observe = true});
  rows.ndp("N14", "rival's advertisement behind a priority tag",
           tagged(nd(rival_advertisement()), 0), OUTCOME_CONFLICT);
}

void add_before_silence(Rows& rows) {
  rows.arp("A9", "probe for a stranger's address",
           arp({.sender = address("0.0.0.0"), .target = kStranger4}), OUTCOME_NOT_ANNOUNCED);
  rows.arp("G1", "for a stranger, past a strict deadline", arp({.target = kStranger4}),
           OUTCOME_NOT_ANNOUNCED, kStrictlyPassed);
  rows.arp("G1", "to another host, past a strict deadline", arp({.destination = kRival}),
           OUTCOME_OTHER_HOST, kStrictlyPassed);
  rows.ndp("G1", "ndp to another host, past a strict deadline", nd({.destination = kRival}),
           OUTCOME_OTHER_HOST, kStrictlyPassed);
  auto observed = kStrictlyPassed;
  observed.observe = true;
  rows.arp("G5", "observed past a strict deadline", arp(), OUTCOME_SILENT, observed);
}

void add_destinations(Rows& rows) {
  rows.ndp("N10", "another group at our MAC",
           nd({.destination = kOurs, .to = address("ff02::1:ff00:11")}), OUTCOME_OTHER_HOST);
  // Only IPv6's destination names a group; whatever Ethernet's says, we have got the frame.
  rows.answered("N10", "the target's group by an Ethernet broadcast",
                nd({.destination = kBroadcast}), kAnswer);
}

}  // namespace

std::vector<Solicitation> order_solicitations() {
  Rows rows;
  add_unsupported_first(rows);
  add_malformed_first(rows);
  add_conflict_first(rows);
  add_before_silence(rows);
  add_destinations(rows);
  return rows.take();
}

}  // namespace isat::frames
