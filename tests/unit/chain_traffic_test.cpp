// SPDX-License-Identifier: Apache-2.0
// What is amiss on the wire, and what is named.
#include "tests/unit/chain_fixture.h"

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(ChainTest, NobodyTellsTheNeighbours) {
  const auto announced = [&] {
    const auto seen = Chain(kTen, evidence).follow();
    EXPECT_TRUE(seen.answers()) << "the kernel answers all the same";
    const auto link = std::find_if(seen.links.begin(), seen.links.end(),
                                   [](const Link& each) { return each.name == "announced"; });
    EXPECT_EQ(link->state == LinkState::kHolds, seen.warnings.empty());
    return (link->state == LinkState::kLacking ? "no: " : "") + link->evidence;
  };
  evidence.speaker_account = SpeakerAccount{"here", {{telling_of(kTen, "eth9"), "x"}}, {}};
  EXPECT_EQ(announced(), "a speaker runs and repeats it");
  evidence.speaker_account->failures[telling_of(kTen, "eth0")] = "send gratuitous: No buffer";
  EXPECT_EQ(announced(), "no: send gratuitous: No buffer");
  evidence.now = BootTime(10'000'000'000);
  pins().deadline = BootTime(4'000'000'000);
  EXPECT_EQ(announced(), "no: past its deadline the speaker does not repeat it");
  evidence.speaker.reset();
  EXPECT_EQ(announced(), "no: no speaker is running");
}

TEST_F(ChainTest, RequestsAreSwallowedBeforeUs) {
  never_asked();
  EXPECT_EQ(cause(), "");  // nobody may have asked yet
  eth0().before = {"table bridge lan, chain guard"};
  EXPECT_THAT(cause(), HasSubstr("asked: no arp frame reaches isat on eth0, and table bridge lan"));
  pins().attachments[0].attachment.ahead = {"program 4 (guard)"};
  EXPECT_THAT(cause(), HasSubstr("where program 4 (guard) comes first"));
  // Frames of the family arrive, so nobody swallows them.
  InterfaceOutcomes outcomes{2, "eth0", {}};
  outcomes.counts[FAMILY_ARP][OUTCOME_NOT_ANNOUNCED] = 5;
  pins().outcomes = {outcomes};
  EXPECT_EQ(cause(kTen), "");
  EXPECT_THAT(cause(kSix), HasSubstr("no ndp frame reaches isat"));
}

TEST_F(ChainTest, WhoComesFirstIsNamedThoughItWasAnsweredBefore) {
  const auto asked = [&] {
    const auto links = Chain(kTen, evidence).follow().links;
    return std::find_if(links.begin(), links.end(),
                        [](const Link& each) { return each.name == "asked"; })
        ->evidence;
  };
  EXPECT_EQ(asked(), "3 times");
  eth0().before = {"table bridge lan, chain guard"};
  EXPECT_EQ(asked(), "3 times; table bridge lan, chain guard comes first on eth0");
  pins().attachments[0].attachment.ahead = {"program 4 (guard)"};
  EXPECT_EQ(asked(), "3 times; program 4 (guard) comes first on eth0");
}

TEST_F(ChainTest, AStrangersXdpComesBeforeTc) {
  never_asked();
  eth0().xdp_occupant = "program 9 (filter)";
  EXPECT_THAT(cause(), HasSubstr("where program 9 (filter) comes first"));
  pins().attachments[0].attachment.mode = AttachMode::kNative;  // then it is our own
  EXPECT_EQ(cause(), "");
}

TEST_F(ChainTest, ARivalAnswersTheProbe) {
  using namespace std::chrono_literals;
  evidence.probes = {{"eth0", {}}};
  EXPECT_EQ(cause(), "");
  evidence.probes = {{"eth1", {{kMac, 200us}}}};
  EXPECT_EQ(cause(), "");
  evidence.probes = {{"eth1", {{kMac, 200us}, {{{2, 0, 0, 0, 0, 0x66}}, 1500us}}}};
  EXPECT_EQ(cause(),
            "alone: 02:00:00:00:00:66 claims the address: it answered a probe from eth1 "
            "after 1.5 ms");
}

TEST_F(ChainTest, WirelessFirmwareMayFilter) {
  never_asked();
  eth0().wireless = true;
  EXPECT_THAT(cause(), HasSubstr("it is wireless"));
  EXPECT_EQ(mend(), "ip link set eth0 promisc on");
  eth0().interface.promiscuous = true;
  EXPECT_EQ(cause(), "");
}

TEST_F(ChainTest, TheReplyIsDroppedAfterUs) {
  eth0().after = {"filter 0x1 at priority 1 (guard)"};
  EXPECT_THAT(cause(),
              HasSubstr("answered: filter 0x1 at priority 1 (guard) may swallow the reply"));
  // XDP sends below it.
  pins().attachments[0].attachment.mode = AttachMode::kNative;
  EXPECT_EQ(cause(), "");
}

TEST_F(ChainTest, KubeProxyAnswersOnEveryNode) {
  evidence.ipvs = true;
  EXPECT_THAT(cause(), HasSubstr("answered: kube-proxy in IPVS mode"));
  evidence.strict_arp = true;
  EXPECT_EQ(cause(), "");
}

TEST_F(ChainTest, TheDriverLosesWhatIsSentAtXdp) {
  pins().attachments[0].attachment.mode = AttachMode::kNative;
  InterfaceOutcomes outcomes{2, "eth0", {}};
  outcomes.counts[FAMILY_ARP][OUTCOME_ANSWERED] = 3;
  outcomes.counts[FAMILY_NDP][OUTCOME_ANSWERED] = 4;
  pins().outcomes = {outcomes};
  eth0().lost_at_xdp_tx = {{"rx_queue_0_xdp_tx_errors", 4}};
  EXPECT_EQ(cause(),
            "answered: eth0's driver lost 4 frames sent at XDP "
            "(rx_queue_0_xdp_tx_errors), of 7 that isat answered");
  EXPECT_EQ(mend(), "attach: tc");
  eth0().lost_at_xdp_tx = {{"rx_queue_0_xdp_tx_errors", 3}};
  EXPECT_EQ(cause(), "") << "a few are history";
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings, ElementsAre(HasSubstr("lost 3 frames")));
  eth0().lost_at_xdp_tx = {{"rx_queue_0_xdp_tx_errors", 4}};
  pins().attachments[0].attachment.mode = AttachMode::kTc;
  EXPECT_EQ(cause(), "") << "what tc sends is not counted there";
}

}  // namespace
}  // namespace isat
