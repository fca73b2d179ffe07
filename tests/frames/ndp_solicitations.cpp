// SPDX-License-Identifier: Apache-2.0
// Rows N1 to N14 of docs/WIRE.md.
#include "tests/frames/solicitation.h"

namespace isat::frames {
namespace {

const Frame kAnswer = advertisement(kClient, kClient6, kTarget6);
const MacAddress kOther = mac("02:00:5e:00:00:0d");
const Address kLinkLocal = address("fe80::c");
constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51;
constexpr std::uint8_t kDestinationOptions = 60, kMobility = 135, kHip = 139, kShim6 = 140;

Option filler(std::uint8_t type, std::size_t units) {
  return {type, Frame(units * 8 - 2, 0xee), {}};
}

void add_answers(std::vector<Solicitation>& rows) {
  rows.push_back(answered("multicast", "N1", nd(), kAnswer));
  rows.push_back(
      answered("multicast without link-layer option", "N1", nd({.options = {}}), kAnswer));
  rows.push_back(answered("option differs from Ethernet source", "N1",
                          nd({.options = {source_link_layer(kOther)}}),
                          advertisement(kOther, kClient6, kTarget6)));
  rows.push_back(answered("from a link-local address", "N1", nd({.from = kLinkLocal}),
                          advertisement(kClient, kLinkLocal, kTarget6)));
  rows.push_back(answered("traffic class and flow label do not come back", "N1",
                          nd({.version_class_flow = 0x6e012345}), kAnswer));
  rows.push_back(
      answered("bytes after the payload do not come back", "N1", padded(nd(), 120, 0xee), kAnswer));
  rows.push_back(answered("to all nodes", "N1", nd({.to = kAllNodes}), kAnswer));
  rows.push_back(answered("unicast to the target", "N2", nd({.to = kTarget6}), kAnswer));
  rows.push_back(answered("unicast without option grows by eight", "N2",
                          nd({.to = kTarget6, .options = {}}), kAnswer));
  rows.push_back(answered("unicast to another address at our MAC", "N2",
                          nd({.to = address("fe80::1")}), kAnswer));
  rows.push_back(
      answered("solicited-node group at our MAC", "N2", nd({.destination = kOurs}), kAnswer));
  auto probe = answered("duplicate address detection", "N3", nd({.from = kAny6, .options = {}}),
                        advertisement_to_all(kTarget6));
  probe.events = {EVENT_CLAIM};
  rows.push_back(probe);
  probe.name = "duplicate address detection with a nonce";
  probe.frame = nd({.from = kAny6, .options = {nonce()}});
  rows.push_back(std::move(probe));
  rows.push_back(answered("nonce before the link-layer option", "N8",
                          nd({.options = {nonce(), source_link_layer(kOther)}}),
                          advertisement(kOther, kClient6, kTarget6)));
  rows.push_back(
      answered("unknown options on both sides", "N8",
               nd({.options = {filler(200, 3), source_link_layer(kOther), filler(201, 1)}}),
               advertisement(kOther, kClient6, kTarget6)));
  rows.push_back(answered("of two link-layer options the first counts", "N8",
                          nd({.options = {source_link_layer(kOther), source_link_layer(kRival)}}),
                          advertisement(kOther, kClient6, kTarget6)));
  rows.push_back(answered("target link-layer option in a solicitation is ignored", "N8",
                          nd({.options = {target_link_layer(kRival)}}), kAnswer));
  rows.push_back(answered("256 bytes of ICMPv6", "N8",
                          nd({.options = {filler(200, 28), source_link_layer(kOther)}}),
                          advertisement(kOther, kClient6, kTarget6)));
  rows.push_back(
      answered("priority tag is kept", "N14", tagged(nd(), 0x6000), tagged(kAnswer, 0x6000)));
  rows.push_back(answered("priority tag, grows by eight", "N14", tagged(nd({.options = {}}), 0),
                          tagged(kAnswer, 0)));
}

void add_invalid_header(std::vector<Solicitation>& rows) {
  const auto malformed = [&](std::string name, std::string rule, Frame frame) {
    rows.push_back(passed(std::move(name), std::move(rule), std::move(frame), OUTCOME_MALFORMED));
  };
  malformed("DAD with a link-layer option", "N4", nd({.from = kAny6}));
  malformed("DAD to all nodes", "N4", nd({.from = kAny6, .to = kAllNodes, .options = {}}));
  malformed("DAD to the target", "N4", nd({.from = kAny6, .to = kTarget6, .options = {}}));
  malformed("DAD to another group", "N4",
            nd({.from = kAny6, .to = address("ff02::1:ff00:11"), .options = {}}));
  malformed("IPv6 version 4", "N5", nd({.version_class_flow = 0x40000000}));
  malformed("hop limit 254", "N5", nd({.hop_limit = 254}));
  malformed("code 1", "N5", nd({.code = 1}));
  malformed("bad checksum", "N5", with_byte(nd(), 57, 0xaa));
  malformed("checksum zero", "N5", with_byte(with_byte(nd(), 56, 0), 57, 0));
  malformed("ICMPv6 shorter than 24", "N5", with_payload_length(nd(), 16));
  malformed("payload length zero", "N5", with_payload_length(nd(), 0));
  malformed("payload beyond the frame", "N5", with_payload_length(nd(), 40));
  malformed("payload no multiple of eight", "N5", with_payload_length(nd(), 28));
  for (std::size_t length = 0; length < 86; length++) {
    // Up to the type byte nobody can say that it is a solicitation.
    const bool unnamed = length < 55;
    rows.push_back(passed("cut to " + std::to_string(length), "N5", truncated(nd(), length),
                          unnamed ? OUTCOME_OTHER_TRAFFIC : OUTCOME_MALFORMED,
                          unnamed ? FAMILY_OTHER : FAMILY_NDP));
  }
  malformed("option of length zero", "N6", nd({.options = {{200, Frame(6, 0), 0}}}));
  malformed("option of length zero behind another", "N6",
            nd({.options = {source_link_layer(kClient), {200, Frame(6, 0), 0}}}));
  malformed("option past the payload", "N6", nd({.options = {{200, Frame(6, 0), 2}}}));
  malformed("link-layer option of length 2", "N6", nd({.options = {filler(1, 2)}}));
  malformed("second link-layer option of length 2", "N6",
            nd({.options = {source_link_layer(kClient), filler(1, 2)}}));
  malformed("target multicast", "N7", nd({.to = kAllNodes, .target = address("ff02::1")}));
  malformed("source multicast", "N7", nd({.from = address("ff02::2")}));
  malformed("source loopback", "N7", nd({.from = address("::1")}));
  malformed("Ethernet source group", "N7", nd({.source = mac("33:33:00:00:00:02")}));
  malformed("link-layer option group", "N7", nd({.options = {source_link_layer(kAllNodesMac)}}));
  malformed("link-layer option zero", "N7", nd({.options = {source_link_layer(kZero)}}));
}

Frame behind(std::uint8_t header, std::vector<std::uint8_t> extension, std::uint8_t type = 135) {
  return nd({.type = type, .extension = std::move(extension), .next_header = header});
}

void add_unsupported(std::vector<Solicitation>& rows) {
  const auto unsupported = [&](std::string name, Frame frame) {
    rows.push_back(passed(std::move(name), "N9", std::move(frame), OUTCOME_UNSUPPORTED));
  };
  const auto other = [&](std::string name, Frame frame) {
    rows.push_back(
        passed(std::move(name), "N12", std::move(frame), OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER));
  };
  for (const auto header : {kHopByHop, kRouting, kDestinationOptions, kMobility, kHip, kShim6}) {
    unsupported("behind extension header " + std::to_string(header),
                behind(header, {58, 0, 1, 4, 0, 0, 0, 0}));
  }
  auto long_header = Frame(8 * 26, 0);
  long_header[0] = 58;
  long_header[1] = 25;
  unsupported("behind a hop-by-hop header of 208 bytes", behind(kHopByHop, long_header));
  unsupported("behind an authentication header",
              behind(kAuthentication,
                     {58, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  unsupported("first fragment", behind(kFragment, {58, 0, 0, 1, 0, 0, 0, 7}));
  unsupported("atomic fragment", behind(kFragment, {58, 0, 0, 0, 0, 0, 0, 7}));
  unsupported("ICMPv6 of 264 bytes",
              nd({.options = {filler(200, 29), source_link_layer(kClient)}}));
  other("later fragment", behind(kFragment, {58, 0, 0, 8, 0, 0, 0, 7}));
  other("much later fragment", behind(kFragment, {58, 0, 1, 0, 0, 0, 0, 7}));
  other("extension header and MLD", behind(kHopByHop, {58, 0, 5, 2, 0, 0, 1, 0}, 143));
  other("two extension headers",
        behind(kHopByHop, {60, 0, 1, 4, 0, 0, 0, 0, 58, 0, 1, 4, 0, 0, 0, 0}));
  other("extension header cut short", truncated(behind(kHopByHop, {58, 0, 1, 4, 0, 0, 0, 0}), 62));
  other("extension header before UDP", behind(kDestinationOptions, {17, 0, 1, 4, 0, 0, 0, 0}));
  other("router solicitation", nd({.type = 133}));
  other("router advertisement", nd({.type = 134}));
  other("redirect", nd({.type = 137}));
  other("echo request", nd({.type = 128}));
  other("MLD report without a hop-by-hop header", nd({.type = 131}));
  other("UDP over IPv6", nd({.next_header = 17}));
}

void add_not_ours(std::vector<Solicitation>& rows) {
  rows.push_back(passed("Ethernet unicast to another host", "N10", nd({.destination = kRival}),
                        OUTCOME_OTHER_HOST));
  rows.push_back(
      passed("another group", "N10", nd({.to = address("ff02::1:ff00:11")}), OUTCOME_OTHER_HOST));
  rows.push_back(passed("all routers", "N10", nd({.to = address("ff02::2")}), OUTCOME_OTHER_HOST));
  rows.push_back(passed("another group of the target's last bytes", "N10",
                        nd({.to = address("ff05::1:ff00:10")}), OUTCOME_OTHER_HOST));
  rows.push_back(passed("not announced", "N11", nd({.target = kStranger6}), OUTCOME_NOT_ANNOUNCED));
  rows.push_back(passed("announced on another interface", "N11", nd({.target = kElsewhere6}),
                        OUTCOME_NOT_ANNOUNCED));
  rows.push_back(passed("not announced, to another host", "N11",
                        nd({.destination = kRival, .target = kStranger6}), OUTCOME_NOT_ANNOUNCED));
}

void add_conflicts(std::vector<Solicitation>& rows) {
  const auto advertised = [&](std::string name, const Nd& fields, isat_outcome outcome) {
    auto row = passed(std::move(name), "N13", nd(fields), outcome);
    if (outcome == OUTCOME_CONFLICT) row.events = {EVENT_CONFLICT};
    rows.push_back(std::move(row));
  };
  auto fields = rival_advertisement();
  advertised("rival's unsolicited advertisement", fields, OUTCOME_CONFLICT);
  fields.options = {};
  advertised("rival's advertisement without option", fields, OUTCOME_CONFLICT);
  fields.options = {source_link_layer(kOurs), target_link_layer(kRival)};
  advertised("rival's advertisement, its option second", fields, OUTCOME_CONFLICT);
  fields = rival_advertisement();
  fields.destination = kClient;
  fields.to = kClient6;
  fields.flags = 0x60000000;
  advertised("rival answers a client", fields, OUTCOME_CONFLICT);
  fields = rival_advertisement();
  fields.options = {target_link_layer(kOurs)};
  advertised("advertisement of our MAC from elsewhere", fields, OUTCOME_NOT_SOLICITATION);
  fields = rival_advertisement();
  fields.target = kStranger6;
  advertised("advertisement of a stranger", fields, OUTCOME_NOT_SOLICITATION);
  fields = rival_advertisement();
  fields.hop_limit = 254;
  advertised("rival from beyond a router", fields, OUTCOME_MALFORMED);
  fields = rival_advertisement();
  fields.flags = 0x60000000;
  advertised("a group is never solicited", fields, OUTCOME_MALFORMED);
  fields = rival_advertisement();
  fields.options = {filler(2, 2)};
  advertised("target link-layer option of length 2", fields, OUTCOME_MALFORMED);
  rows.push_back(passed("rival's advertisement with a bad checksum", "N13",
                        with_byte(nd(rival_advertisement()), 57, 0xaa), OUTCOME_MALFORMED));
}

void add_tags(std::vector<Solicitation>& rows) {
  rows.push_back(passed("802.1Q tag", "N14", tagged(nd(), 42), OUTCOME_UNSUPPORTED));
  rows.push_back(passed("802.1ad tag", "N14", tagged(nd(), 42, 0x88a8), OUTCOME_UNSUPPORTED));
  rows.push_back(passed("two tags", "N14", tagged(tagged(nd(), 42), 0), OUTCOME_UNSUPPORTED));
  rows.push_back(passed("tagged advertisement", "N14", tagged(nd(rival_advertisement()), 42),
                        OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER));
  rows.push_back(passed("tagged echo", "N14", tagged(nd({.type = 128}), 42), OUTCOME_OTHER_TRAFFIC,
                        FAMILY_OTHER));
  rows.push_back(passed("802.1Q tag, cut before the type", "N14", truncated(tagged(nd(), 42), 58),
                        OUTCOME_OTHER_TRAFFIC, FAMILY_OTHER));
  auto hidden = passed("hidden tag", "N14", nd(), OUTCOME_UNSUPPORTED);
  hidden.setting.hidden_tci = 42;
  rows.push_back(hidden);
  hidden = answered("hidden priority tag", "N14", nd({.options = {}}), kAnswer);
  hidden.setting.hidden_tci = 0xe000;
  rows.push_back(hidden);
}

}  // namespace

std::vector<Solicitation> ndp_solicitations() {
  std::vector<Solicitation> rows;
  add_answers(rows);
  add_invalid_header(rows);
  add_unsupported(rows);
  add_not_ours(rows);
  add_conflicts(rows);
  add_tags(rows);
  for (auto& row : rows) row.name = "ndp: " + row.name;
  return rows;
}

}  // namespace isat::frames
