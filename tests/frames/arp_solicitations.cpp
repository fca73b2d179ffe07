// SPDX-License-Identifier: Apache-2.0
// Rows A1 to A14 of docs/WIRE.md.
#include "tests/frames/solicitation.h"

namespace isat::frames {
namespace {

const Frame kReply = arp_reply(kClient, kClient4, kTarget4);
const MacAddress kGroup = mac("01:00:5e:00:00:01");

void add_answers(std::vector<Solicitation>& rows) {
  rows.push_back(answered("broadcast request", "A1", arp(), kReply));
  rows.push_back(answered("broadcast request padded to 60", "A1", padded(arp(), 60, 0xee),
                          padded(kReply, 60)));
  for (const std::size_t length : {43U, 46U, 52U, 59U}) {
    rows.push_back(answered("broadcast request of " + std::to_string(length) + " bytes", "A1",
                            padded(arp(), length, 0xee), padded(kReply, length)));
  }
  rows.push_back(
      answered("trailer of 61 is cut to 60", "A1", padded(arp(), 61, 0xee), padded(kReply, 60)));
  rows.push_back(answered("trailer of 1500 is cut to 60", "A1", padded(arp(), 1500, 0xee),
                          padded(kReply, 60)));
  rows.push_back(answered("unicast refresh", "A2", arp({.destination = kOurs}), kReply));
  rows.push_back(answered("target hardware address filled in", "A2",
                          arp({.destination = kOurs, .target_mac = kOurs}), kReply));
  auto probe = answered("probe", "A9", arp({.sender = address("0.0.0.0")}),
                        arp_reply(kClient, address("0.0.0.0"), kTarget4));
  probe.events = {EVENT_CLAIM};
  rows.push_back(std::move(probe));
  rows.push_back(
      answered("Ethernet source differs from sender", "A11", arp({.source = kRival}), kReply));
  rows.push_back(
      answered("priority tag is kept", "A14", tagged(arp(), 0xa000), tagged(kReply, 0xa000)));
  rows.push_back(answered("priority tag, padded to 64", "A14", padded(tagged(arp(), 0), 64, 0xee),
                          padded(tagged(kReply, 0), 64)));
  rows.push_back(answered("priority tag, trailer cut to 64", "A14",
                          padded(tagged(arp(), 0), 90, 0xee), padded(tagged(kReply, 0), 64)));
}

void add_not_ours(std::vector<Solicitation>& rows) {
  rows.push_back(passed("to another host", "A3", arp({.destination = kRival}), OUTCOME_OTHER_HOST));
  rows.push_back(passed("to a group", "A3", arp({.destination = kGroup}), OUTCOME_OTHER_HOST));
  rows.push_back(passed("not announced", "A4", arp({.target = kStranger4}), OUTCOME_NOT_ANNOUNCED));
  rows.push_back(passed("announced on another interface", "A4", arp({.target = kElsewhere4}),
                        OUTCOME_NOT_ANNOUNCED));
  rows.push_back(passed("not announced, to another host", "A4",
                        arp({.destination = kRival, .target = kStranger4}), OUTCOME_NOT_ANNOUNCED));
  rows.push_back(
      passed("reply", "A5", arp({.destination = kOurs, .operation = 2}), OUTCOME_NOT_SOLICITATION));
  for (const auto operation : std::initializer_list<std::uint16_t>{0, 3, 8, 256, 0xffff}) {
    rows.push_back(passed("operation " + std::to_string(operation), "A5",
                          arp({.operation = operation}), OUTCOME_NOT_SOLICITATION));
  }
  rows.push_back(passed("operation 3 from our address", "A5",
                        arp({.operation = 3, .sender = kTarget4}), OUTCOME_NOT_SOLICITATION));
}

void add_unsound(std::vector<Solicitation>& rows) {
  rows.push_back(passed("hardware type IEEE 802", "A6", arp({.hardware = 6}), OUTCOME_UNSUPPORTED));
  rows.push_back(
      passed("protocol type IPv6", "A6", arp({.protocol = 0x86dd}), OUTCOME_UNSUPPORTED));
  rows.push_back(
      passed("hardware length 8", "A6", arp({.hardware_length = 8}), OUTCOME_UNSUPPORTED));
  rows.push_back(
      passed("protocol length 16", "A6", arp({.protocol_length = 16}), OUTCOME_UNSUPPORTED));
  rows.push_back(passed("hardware type IEEE 802, cut short", "A6",
                        truncated(arp({.hardware = 6}), 30), OUTCOME_UNSUPPORTED));
  for (std::size_t length = 0; length < 42; length++) {
    const bool headless = length < 14;
    rows.push_back(passed("cut to " + std::to_string(length), "A7", truncated(arp(), length),
                          headless ? OUTCOME_OTHER_TRAFFIC : OUTCOME_MALFORMED,
                          headless ? FAMILY_OTHER : FAMILY_ARP));
  }
  rows.push_back(
      passed("priority tag, cut to 45", "A7", truncated(tagged(arp(), 0), 45), OUTCOME_MALFORMED));
  rows.push_back(passed("sender hardware address zero", "A8",
                        arp({.source = kClient, .sender_mac = kZero}), OUTCOME_MALFORMED));
  rows.push_back(passed("sender hardware address group", "A8",
                        arp({.source = kClient, .sender_mac = kGroup}), OUTCOME_MALFORMED));
  rows.push_back(passed("sender hardware address broadcast", "A8",
                        arp({.source = kClient, .sender_mac = kBroadcast}), OUTCOME_MALFORMED));
  rows.push_back(passed("Ethernet source group", "A8", arp({.source = kGroup}), OUTCOME_MALFORMED));
  rows.push_back(
      passed("sender hardware address ours", "A8", arp({.sender_mac = kOurs}), OUTCOME_MALFORMED));
  rows.push_back(passed("our own announcement comes back", "A8",
                        arp({.sender_mac = kOurs, .sender = kTarget4}), OUTCOME_MALFORMED));
  for (const char* martian :
       {"127.0.0.1", "127.255.255.255", "224.0.0.1", "239.255.255.255", "255.255.255.255"}) {
    rows.push_back(passed(std::string("sender ") + martian, "A10",
                          arp({.sender = address(martian)}), OUTCOME_MALFORMED));
  }
  rows.push_back(answered("sender 240.0.0.1 is no martian here", "A10",
                          arp({.sender = address("240.0.0.1")}),
                          arp_reply(kClient, address("240.0.0.1"), kTarget4)));
}

void add_conflicts(std::vector<Solicitation>& rows) {
  const auto conflict = [&](std::string name, Frame frame) {
    rows.push_back(passed(std::move(name), "A12", std::move(frame), OUTCOME_CONFLICT, FAMILY_ARP,
                          {EVENT_CONFLICT}));
  };
  conflict("rival's announcement, request form", arp(rival_announcement()));
  conflict(
      "rival's announcement, reply form",
      arp({.operation = 2, .sender_mac = kRival, .sender = kTarget4, .target_mac = kBroadcast}));
  conflict("rival replies to a client", arp({.destination = kClient,
                                             .operation = 2,
                                             .sender_mac = kRival,
                                             .sender = kTarget4,
                                             .target_mac = kClient,
                                             .target = kClient4}));
  conflict("rival asks for a stranger from our address",
           arp({.sender_mac = kRival, .sender = kTarget4, .target = kStranger4}));
  conflict("rival asks for a stranger from another address of ours",
           arp({.sender_mac = kRival, .sender = kAnother4, .target = kStranger4}));
  // One look-up for each answer: whoever asks for what is ours is not asked whose the sender is.
  rows.push_back(answered("rival asks for an address of ours from another", "A12",
                          arp({.sender_mac = kRival, .sender = kAnother4}),
                          arp_reply(kRival, kAnother4, kTarget4)));
  rows.push_back(passed("our reply comes back", "A12",
                        arp({.operation = 2, .sender_mac = kOurs, .sender = kTarget4}),
                        OUTCOME_NOT_SOLICITATION));
  rows.push_back(passed("we ask for a stranger from our address", "A12",
                        arp({.sender_mac = kOurs, .sender = kTarget4, .target = kStranger4}),
                        OUTCOME_NOT_ANNOUNCED));
  rows.push_back(passed("rival on an interface where it is not announced", "A12",
                        arp({.sender_mac = kRival, .sender = kElsewhere4, .target = kElsewhere4}),
                        OUTCOME_NOT_ANNOUNCED));
}

void add_tags(std::vector<Solicitation>& rows) {
  rows.push_back(passed("802.1Q tag", "A13", tagged(arp(), 42), OUTCOME_UNSUPPORTED));
  rows.push_back(passed("802.1ad tag", "A13", tagged(arp(), 42, 0x88a8), OUTCOME_UNSUPPORTED));
  rows.push_back(
      passed("802.1ad tag with VLAN ID 0", "A13", tagged(arp(), 0, 0x88a8), OUTCOME_UNSUPPORTED));
  rows.push_back(
      passed("two tags", "A13", tagged(tagged(arp(), 42), 7, 0x88a8), OUTCOME_UNSUPPORTED));
  rows.push_back(
      passed("two priority tags", "A13", tagged(tagged(arp(), 0), 0), OUTCOME_UNSUPPORTED));
  rows.push_back(passed("three tags", "A13", tagged(tagged(tagged(arp(), 3), 2), 1),
                        OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER));
  rows.push_back(
      passed("tagged TCP", "A13", tagged(tcp(), 42), OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER));
  rows.push_back(passed("tag cut short", "A13", truncated(tagged(arp(), 42), 17),
                        OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER));
  rows.push_back(passed("two tags, cut short", "A13", truncated(tagged(tagged(arp(), 42), 7), 21),
                        OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER));
  rows.push_back(passed("tag and nothing after it", "A13", truncated(tagged(arp(), 42), 18),
                        OUTCOME_UNSUPPORTED));

  const auto hidden = [&](Solicitation row, std::uint16_t tci, std::uint16_t type = 0x8100) {
    row.setting.hidden_tci = tci;
    row.setting.hidden_type = type;
    rows.push_back(std::move(row));
  };
  hidden(passed("hidden 802.1Q tag", "A13", arp(), OUTCOME_UNSUPPORTED), 42);
  hidden(passed("hidden 802.1ad tag", "A13", arp(), OUTCOME_UNSUPPORTED), 42, 0x88a8);
  hidden(passed("hidden 802.1ad tag with VLAN ID 0", "A13", arp(), OUTCOME_UNSUPPORTED), 0, 0x88a8);
  hidden(passed("hidden tag over a tag", "A13", tagged(arp(), 7), OUTCOME_UNSUPPORTED), 42);
  hidden(passed("hidden priority tag over a priority tag", "A13", tagged(arp(), 0),
                OUTCOME_UNSUPPORTED),
         0);
  hidden(passed("hidden tag, TCP", "A13", tcp(), OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER), 42);
  hidden(answered("hidden priority tag", "A14", padded(arp(), 60), padded(kReply, 60)), 0xa000);
}

}  // namespace

std::vector<Solicitation> arp_solicitations() {
  std::vector<Solicitation> rows;
  add_answers(rows);
  add_not_ours(rows);
  add_unsound(rows);
  add_conflicts(rows);
  add_tags(rows);
  return rows;
}

}  // namespace isat::frames
