// SPDX-License-Identifier: Apache-2.0
// What `isat status` shows, from plain values.
#include "control/status_report.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using nlohmann::json;
using testing::HasSubstr;

ActualAnnouncement announcement(const char* address, InterfaceIndex interface, bool yielded,
                                std::uint64_t answered) {
  return {{{*Address::parse(address), interface}, *MacAddress::parse("02:00:5e:00:00:01")},
          yielded,
          answered};
}

StatusReport report() {
  StatusReport report{"/sys/fs/bpf/isat", 4711, BootTime{100'000'000'000}, {}, {}};
  auto& state = report.state;
  state.capacity = 65536;
  state.attachments = {
      {{3, "eth0", AttachMode::kTc, "the driver has no native XDP", 0}, true},
      {{9, "wan", AttachMode::kNative, "the driver has native XDP", 1, {"program 17"}}, false}};
  state.announcements = {announcement("192.0.2.10", 3, false, 42),
                         announcement("192.0.2.11", 7, true, 0),
                         announcement("2001:db8::10", 3, false, 1)};
  InterfaceOutcomes eth0{3, "eth0", {}};
  eth0.counts[FAMILY_ARP][OUTCOME_ANSWERED] = 42;
  eth0.counts[FAMILY_OTHER][OUTCOME_OTHER_TRAFFIC] = 1000;
  InterfaceOutcomes wan{9, "wan", {}};
  wan.counts[FAMILY_ARP][OUTCOME_ANSWERED] = 8;
  state.outcomes = {eth0, wan};
  return report;
}

TEST(StatusText, IsReadAtOneGlance) {
  EXPECT_EQ(status_text(report()), R"(speaker   running, pid 4711
pin       /sys/fs/bpf/isat
deadline  none: answered for ever
capacity  65536 announcements per family; in use: 2 IPv4, 1 IPv6

INTERFACE  MODE    ATTACHED  WHY
eth0       tc      yes       the driver has no native XDP
wan        native  gone      the driver has native XDP
warning: on wan program 17 sees frames before isat does

ADDRESS       INTERFACE  MAC                ANSWERED  STATE
192.0.2.10    eth0       02:00:5e:00:00:01  42        announced
192.0.2.11    #7         02:00:5e:00:00:01  0         yielded
2001:db8::10  eth0       02:00:5e:00:00:01  1         announced

INTERFACE  FAMILY  OUTCOME        FRAMES
eth0       arp     answered       42
eth0       other   other_traffic  1000
wan        arp     answered       8
(all)      arp     answered       50
(all)      other   other_traffic  1000
)");
}

TEST(StatusText, NothingThereIsSaidInWords) {
  EXPECT_EQ(status_text({"/pins", std::nullopt, BootTime{1}, {8, BootTime{0}, {}, {}, {}}, {}}),
            R"(speaker   not running
pin       /pins
deadline  none: answered for ever
capacity  8 announcements per family; in use: 0 IPv4, 0 IPv6

Attached to no interface.

No address is announced.

No frame was seen.
)");
}

TEST(StatusText, DeadlineAheadAndPassed) {
  auto shown = report();
  shown.state.deadline = BootTime{104'200'000'000};
  EXPECT_THAT(status_text(shown), HasSubstr("deadline  in 4.2 s\n"));
  shown.now = BootTime{105'200'000'000};
  EXPECT_THAT(status_text(shown),
              HasSubstr("deadline  passed 1.0 s ago: the speaker no longer vouches\n"));
}

TEST(StatusText, SpeakerOutOfSightAndWarnings) {
  auto shown = report();
  shown.speaker = 0;
  shown.warnings = {"too many groups"};
  EXPECT_THAT(status_text(shown), HasSubstr("speaker   running\n"));
  EXPECT_THAT(status_text(shown), HasSubstr("warning   too many groups\n"));
}

TEST(StatusJson, HoldsEverything) {
  const json shown = json::parse(status_json(report()).dump());
  EXPECT_EQ(shown["pin"], "/sys/fs/bpf/isat");
  EXPECT_EQ(shown["speaker"], json({{"running", true}, {"pid", 4711}}));
  EXPECT_EQ(shown["deadline"], json({{"state", "none"}, {"seconds_left", nullptr}}));
  EXPECT_EQ(shown["capacity"], 65536);
  EXPECT_EQ(shown["in_use"], json({{"ipv4", 2}, {"ipv6", 1}}));
  EXPECT_EQ(shown["attachments"][1], json({{"interface", "wan"},
                                           {"ifindex", 9},
                                           {"mode", "native"},
                                           {"attached", false},
                                           {"reason", "the driver has native XDP"},
                                           {"ahead", json::array({"program 17"})}}));
  EXPECT_EQ(shown["announcements"].size(), 3u);
  EXPECT_EQ(shown["announcements"][1], json({{"address", "192.0.2.11"},
                                             {"interface", "#7"},
                                             {"ifindex", 7},
                                             {"mac", "02:00:5e:00:00:01"},
                                             {"answered", 0},
                                             {"yielded", true}}));
  EXPECT_EQ(shown["outcomes"][0]["interface"], "eth0");
  EXPECT_EQ(shown["outcomes"][0]["arp"]["answered"], 42);
  EXPECT_EQ(shown["outcomes"][0]["arp"].size(), std::size_t{OUTCOME_COUNT});
  EXPECT_EQ(shown["totals"]["arp"]["answered"], 50);
  EXPECT_EQ(shown["warnings"], json::array());
}

TEST(StatusJson, DeadlineAndSpeakerInTheirOtherStates) {
  auto shown = report();
  shown.speaker.reset();
  shown.state.deadline = BootTime{101'500'000'000};
  EXPECT_EQ(json(status_json(shown))["speaker"], json({{"running", false}}));
  EXPECT_EQ(json(status_json(shown))["deadline"],
            json({{"state", "ahead"}, {"seconds_left", 1.5}}));
  shown.now = BootTime{102'000'000'000};
  EXPECT_EQ(json(status_json(shown))["deadline"],
            json({{"state", "passed"}, {"seconds_left", -0.5}}));
}

TEST(StatusJson, EmptyListsStayLists) {
  const json shown = status_json({"/pins", std::nullopt, BootTime{1}, {}, {}});
  EXPECT_EQ(shown["attachments"], json::array());
  EXPECT_EQ(shown["announcements"], json::array());
  EXPECT_EQ(shown["outcomes"], json::array());
}

}  // namespace
}  // namespace isat
