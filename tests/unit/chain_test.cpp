// SPDX-License-Identifier: Apache-2.0
// Each cause for silence, from what was seen to the one that is named.
#include "control/chain.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Address kTen = *Address::parse("192.0.2.10");
const Address kSix = *Address::parse("2001:db8::10");
const MacAddress kMac{{2, 0, 0, 0, 0, 1}};

// The addresses are spoken of, as by kube-proxy.
const std::string kProxy =
    R"({"set": {"family": "inet", "table": "p", "name": "s", "elem": ["192.0.2.10", "2001:db8::10"]}})";

// A base chain of table inet lan with one rule, or with none.
std::string chain(const std::string& hook, const std::string& policy,
                  const std::string& statements = "", const std::string& type = "filter") {
  const auto which = R"("family": "inet", "table": "lan", )";
  const auto base = std::string(R"({"chain": {)") + which + R"("name": ")" + hook +
                    R"(", "type": ")" + type + R"(", "hook": ")" + hook +
                    R"(", "prio": -100, "policy": ")" + policy + "\"}}";
  if (statements.empty()) return base;
  return base + R"(, {"rule": {)" + which + R"("chain": ")" + hook + R"(", "expr": [)" +
         statements + "]}}";
}

std::string destination(const std::string& right) {
  return R"({"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, )"
         R"("right": )" +
         right + "}}";
}

// As kube-proxy's, for the IPv4 address.
std::string to_pod(const std::string& verdict = R"({"dnat": {"addr": "10.244.0.1"}})") {
  return chain("prerouting", "accept", destination(R"("192.0.2.10")") + ", " + verdict, "nat");
}

// A node on which everything is as it should be: eth0 serves both addresses, and was asked.
class ChainTest : public testing::Test {
 protected:
  ChainTest() {
    Configuration configuration;
    configuration.interfaces = {"eth0"};
    configuration.addresses = {{{"isat.yaml:2", kTen}, any_node()},
                               {{"isat.yaml:3", kSix}, any_node()}};
    evidence.configuration = configuration;
    evidence.configuration_name = "isat.yaml";
    evidence.pin = "/sys/fs/bpf/isat";
    evidence.speaker = 7;
    auto& eth0 = evidence.interfaces[2];
    eth0.interface.index = 2;
    eth0.interface.name = "eth0";
    eth0.interface.mac = kMac;
    eth0.interface.up = eth0.interface.carrier = eth0.interface.broadcast = true;
    eth0.groups = {solicited_node_group(kSix)};
    filter(kProxy);
    pins().capacity = 100;
    pins().attachments = {
        {{2, "eth0", AttachMode::kTc, "native refused: Operation not supported"}, true}};
    pins().announcements = {{{{kTen, 2}, kMac}, false, 3}, {{{kSix, 2}, kMac}, false, 4}};
  }

  // nft's objects, as many as are named.
  void filter(const std::string& objects) {
    evidence.rules = Ruleset::parse(R"({"nftables": [)" + objects + "]}");
  }
  PinnedState& pins() { return *evidence.pins; }
  InterfaceEvidence& eth0() { return evidence.interfaces.at(2); }
  void never_asked() {
    for (auto& actual : pins().announcements) actual.answered = 0;
  }
  // Which link is broken, and why.
  std::string cause(const Address& address = kTen) {
    const auto explanation = Chain(address, evidence).follow();
    EXPECT_EQ(explanation.answers(), explanation.cause.empty());
    EXPECT_EQ(explanation.cause.empty(), explanation.mend.empty());
    if (explanation.cause.empty()) return {};
    EXPECT_EQ(explanation.links.back().state, LinkState::kBroken);
    return explanation.links.back().name + ": " + explanation.cause;
  }
  std::string mend(const Address& address = kTen) { return Chain(address, evidence).follow().mend; }

  Evidence evidence;
};

TEST_F(ChainTest, AWholeChainAnswers) {
  std::vector<std::string> links;
  for (const auto& link : Chain(kSix, evidence).follow().links) {
    EXPECT_EQ(link.state, LinkState::kHolds) << link.name;
    links.push_back(link.name);
  }
  EXPECT_THAT(links, ElementsAre("assigned", "interface", "attached", "programmed", "vouched",
                                 "group joined", "announced", "asked", "answered"));
  EXPECT_THAT(Chain(kSix, evidence).follow().warnings, IsEmpty());
  EXPECT_EQ(cause(kTen), "");
}

TEST_F(ChainTest, WithoutAConfigurationTheMapsAreBelieved) {
  evidence.configuration.reset();
  EXPECT_EQ(cause(), "");
  EXPECT_EQ(Chain(kTen, evidence).follow().links.front().state, LinkState::kUnseen);
}

TEST_F(ChainTest, TheFileDoesNotListIt) {
  const auto other = *Address::parse("192.0.2.11");
  EXPECT_EQ(cause(other), "assigned: isat.yaml does not list it");
  EXPECT_EQ(mend(other), "add to isat.yaml: addresses: [\"192.0.2.11\"]");
}

TEST_F(ChainTest, TheInterfaceItIsWishedForDoesNotExist) {
  evidence.configuration->addresses[0].candidacy = any_node({"eth9"});
  EXPECT_EQ(cause(), "interface: no interface of this node is named eth9");
}

TEST_F(ChainTest, TheInterfaceCannotServe) {
  eth0().interface.up = false;
  EXPECT_EQ(cause(), "interface: no interface can serve it: eth0 is down");
  EXPECT_EQ(mend(), "ip link set eth0 up");
  eth0().interface.up = true;
  eth0().interface.carrier = false;
  EXPECT_THAT(cause(), HasSubstr("eth0 has no carrier"));
  eth0().interface.carrier = true;
  eth0().interface.master = 5;
  EXPECT_THAT(cause(), HasSubstr("eth0 is enslaved to interface 5"));
  eth0().interface.master = 0;
  evidence.configuration->exclude_interfaces = {"eth.*"};
  EXPECT_THAT(cause(), HasSubstr("eth0 is excluded by 'eth.*'"));
}

TEST_F(ChainTest, NoSpeakerHasRunHere) {
  evidence.speaker.reset();
  evidence.pins = fail("open pins: No such file or directory", ENOENT);
  EXPECT_EQ(cause(), "attached: no speaker has run here: nothing is pinned in /sys/fs/bpf/isat");
  EXPECT_EQ(mend(), "isat run --config isat.yaml");
}

TEST_F(ChainTest, MapsThatCannotBeReadAreNoAnswer) {
  evidence.pins = fail("open pins: Operation not permitted; run as root", EPERM);
  EXPECT_EQ(cause(), "attached: open pins: Operation not permitted; run as root");
}

TEST_F(ChainTest, AnotherProgramHasTheHook) {
  pins().attachments.clear();
  eth0().xdp_occupant = "program 17 (dispatcher)";
  EXPECT_THAT(cause(), HasSubstr("the XDP hook of eth0 is taken by program 17 (dispatcher)"));
  EXPECT_EQ(mend(), "attach: auto");
}

TEST_F(ChainTest, TheSpeakerIsGoneAndTheMapDoesNotHoldIt) {
  evidence.speaker.reset();
  pins().announcements.erase(pins().announcements.begin());
  EXPECT_EQ(cause(), "programmed: no speaker is running, and the map does not hold the address");
}

TEST_F(ChainTest, TheMapIsFull) {
  pins().capacity = 1;
  pins().announcements[0].announcement.key.address = *Address::parse("192.0.2.11");
  EXPECT_EQ(cause(), "programmed: the map is full: 1 of 1 announcements");
  EXPECT_EQ(mend(), "capacity: 2");
}

TEST_F(ChainTest, TheMacIsYesterdays) {
  eth0().interface.mac.bytes[5] = 9;
  EXPECT_THAT(cause(), HasSubstr("answers with 02:00:00:00:00:01, but eth0 has 02:00:00:00:00:09"));
}

TEST_F(ChainTest, ARivalAnnouncedItAfterTheDeadline) {
  evidence.now = BootTime(10'000'000'000);
  pins().deadline = BootTime(4'000'000'000);
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings, ElementsAre(HasSubstr("passed 6 s ago")));
  pins().announcements[0].yielded = true;
  EXPECT_THAT(cause(), HasSubstr("vouched: the deadline passed and another machine announced"));
  pins().announcements[0].yielded = false;
  evidence.configuration->after_deadline = AfterDeadline::kSilent;
  EXPECT_THAT(cause(), HasSubstr("vouched: the deadline passed 6 s ago, and the policy"));
}

TEST_F(ChainTest, TheGroupIsNotJoined) {
  eth0().groups.clear();
  EXPECT_THAT(cause(kSix), HasSubstr("group joined: eth0 has not joined ff02::1:ff00:10"));
  EXPECT_EQ(cause(kTen), "");
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

TEST_F(ChainTest, ARuleDropsWhatFollowsTheAnswer) {
  evidence.interfaces[9].interface.subnets = {{kTen, 32}};
  const auto guard = [](const char* prefix) {
    return chain(
        "input", "accept",
        destination(std::string(R"({"prefix": {"addr": "192.0.2.0", "len": )") + prefix + "}}") +
            R"(, {"drop": null})");
  };
  filter(kProxy + "," + guard("28"));
  EXPECT_EQ(cause(),
            "delivered: table inet lan, chain input drops packets to 192.0.2.10: it is "
            "answered for, and then not let through");
  EXPECT_EQ(cause(kSix), "");
  filter(kProxy + "," + guard("29"));
  EXPECT_EQ(cause(), "");
}

class ForwardChainTest : public ChainTest {
 protected:
  ForwardChainTest() {
    filter(to_pod());
    eth0().forwards = {Family::kIpv4};
    evidence.routes.emplace(kPod, std::string("cni0"));
  }
  void filter_too(const std::string& objects) { filter(to_pod() + "," + objects); }
  std::vector<std::string> warnings() { return Chain(kTen, evidence).follow().warnings; }

  const Address kPod = *Address::parse("10.244.0.1");
};

TEST_F(ForwardChainTest, NothingStandsInTheWay) {
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(ForwardChainTest, ForwardingIsOff) {
  eth0().forwards = {Family::kIpv6};
  EXPECT_EQ(cause(),
            "delivered: packets to 192.0.2.10, on their way to 10.244.0.1 are not forwarded: "
            "net.ipv4.ip_forward is 0, or that of eth0");
  EXPECT_EQ(mend(), "sysctl -w net.ipv4.ip_forward=1");
  evidence.interfaces[9].interface.subnets = {{kPod, 24}};
  EXPECT_EQ(cause(), "") << "the pod is the host's own: nothing to forward";
}

TEST_F(ForwardChainTest, NothingForwardsWhatIptablesTranslates) {
  filter(to_pod(R"({"xt": {"type": "target", "name": "DNAT"}})"));
  EXPECT_THAT(warnings(), IsEmpty());
  eth0().forwards.clear();
  EXPECT_EQ(cause(), "") << "it may be for this host";
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("net.ipv4.ip_forward is 0")));
}

TEST_F(ForwardChainTest, AChainDropsWhatIsForwarded) {
  filter_too(chain("forward", "drop"));
  EXPECT_EQ(cause(),
            "delivered: table inet lan, chain forward drops packets to 192.0.2.10, on their way "
            "to 10.244.0.1: it is answered for, and then not let through");
  filter_too(chain("forward", "drop", R"({"match": {"op": "==", "left": {"meta": {"key": "mark"}},
      "right": 1}}, {"accept": null})"));
  EXPECT_EQ(cause(), "") << "some are accepted, perhaps";
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("chain forward may drop packets to 192.0.2.10")));
}

TEST_F(ForwardChainTest, TheWayToThePodIsBroken) {
  evidence.routes.clear();
  evidence.routes.emplace(kPod, fail("ask for a route to 10.244.0.1: Network is unreachable"));
  EXPECT_EQ(cause(),
            "delivered: packets to 192.0.2.10, on their way to 10.244.0.1 have no way there: ask "
            "for a route to 10.244.0.1: Network is unreachable");
}

TEST_F(ChainTest, TheKernelRefusesTheClients) {
  eth0().refused_client = *Address::parse("192.0.2.11");
  EXPECT_THAT(cause(), HasSubstr("delivered: rp_filter drops packets from clients such as "
                                 "192.0.2.11 on eth0"));
  EXPECT_EQ(cause(kSix), "") << "IPv6 has none";
}

TEST_F(ChainTest, NothingTakesWhatFollowsIsAWarning) {
  const auto warned = [&] {
    const auto explanation = Chain(kTen, evidence).follow();
    EXPECT_TRUE(explanation.answers());
    return explanation.warnings.size() == 1 &&
           explanation.warnings[0].starts_with("nothing that can be seen here takes packets");
  };
  EXPECT_FALSE(warned());
  filter(R"({"set": {"name": "s", "elem": ["2001:db8::10"]}})");
  EXPECT_TRUE(warned());
  eth0().forwards = {Family::kIpv6};
  EXPECT_TRUE(warned());
  eth0().forwards = {Family::kIpv4};
  EXPECT_FALSE(warned()) << "a router";
  eth0().forwards.clear();
  evidence.interfaces[9].interface.subnets = {{kTen, 32}};
  EXPECT_FALSE(warned()) << "an address of the host's own";
  evidence.interfaces.erase(9);
  evidence.rules.reset();
  EXPECT_FALSE(warned()) << "what could not be read is not judged";
}

// The cluster's links, as a running speaker tells of them.
class ClusterChainTest : public ChainTest {
 protected:
  ClusterChainTest() {
    evidence.configuration.reset();
    ClusterAccount account{"here", true, "", {}, {}, {}};
    account.addresses["192.0.2.10"] = {{"default/web"}, "here", {"here", "there"}};
    evidence.account = account;
  }
  ClusterAccount& account() { return *evidence.account; }
  std::string refused(const char* reason, const char* sentence) {
    account().refusals = {{"default/web", {"192.0.2.10"}, reason, sentence, "mend it"}};
    return cause();
  }
};

TEST_F(ClusterChainTest, TheHolderAnswers) {
  EXPECT_EQ(cause(), "");
  const auto links = Chain(kTen, evidence).follow().links;
  EXPECT_EQ(links[0].evidence, "default/web");
  EXPECT_EQ(links[2].evidence, "here, of: here, there");
}

TEST_F(ClusterChainTest, EachReasonHasItsLink) {
  EXPECT_EQ(refused("ipNotAllowed", "no IPAddressPool has it"),
            "pool: default/web: no IPAddressPool has it");
  EXPECT_EQ(mend(), "mend it");
  EXPECT_EQ(refused("noMatchingAdvertisement", "no L2Advertisement covers IPAddressPool lan"),
            "advertisement: default/web: no L2Advertisement covers IPAddressPool lan");
  EXPECT_THAT(refused("notOwner", "node here has the condition NetworkUnavailable"),
              HasSubstr("node eligible: "));
  EXPECT_THAT(refused("notOwner", "no endpoint of the Service can serve"), HasSubstr("endpoint: "));
  EXPECT_THAT(refused("noIPAllocated", "the Service has no address"), HasSubstr("assigned: "));
}

TEST_F(ClusterChainTest, NoServiceHasIt) {
  account().addresses.clear();
  EXPECT_THAT(cause(), HasSubstr("assigned: no Service of type LoadBalancer"));
}

TEST_F(ClusterChainTest, AServiceStillWaitsForAnAddress) {
  account().addresses.clear();
  account().refusals = {{"default/web", {}, "noIPAllocated", "the Service has no address", ""}};
  EXPECT_THAT(cause(), HasSubstr("; without an address yet: default/web"));
}

TEST_F(ClusterChainTest, AServiceOfAnotherClassHasIt) {
  account().addresses.clear();
  account().other_classes = {{"default/web", "example.org/lb", {"192.0.2.10"}}};
  EXPECT_EQ(cause(),
            "assigned: default/web has it, and its loadBalancerClass is example.org/lb: "
            "it is another controller's");
  EXPECT_EQ(mend(), "kubernetes: {load_balancer_class: example.org/lb}");
  account().other_classes[0].name = "";
  EXPECT_THAT(cause(), HasSubstr("names no loadBalancerClass"));
  EXPECT_EQ(mend(), "kubernetes: {load_balancer_class: \"\"}");
}

TEST_F(ClusterChainTest, TheAdvertisementsAllowOtherInterfaces) {
  account().addresses["192.0.2.10"] = {{"default/web"}, "", {}, {"eth9\\.100", "eth8"}};
  EXPECT_EQ(cause(),
            "interface: its L2Advertisements name eth9.100, eth8, and node here has no such "
            "interface");
  auto& eth8 = evidence.interfaces[8];
  eth8.interface.name = "eth8";
  EXPECT_EQ(cause(),
            "interface: its L2Advertisements allow other interfaces than those in use: eth8 is "
            "down");
  eth8.interface.up = true;
  EXPECT_THAT(cause(), HasSubstr("eth8 has no carrier"));
  eth8.interface.carrier = true;
  EXPECT_THAT(cause(), HasSubstr("eth8 is not served by isat"));
  EXPECT_EQ(mend(), "name it in `interfaces`, or take it out of `exclude_interfaces`");
}

TEST_F(ClusterChainTest, AnotherNodeHoldsIt) {
  account().addresses["192.0.2.10"].holder = "there";
  EXPECT_THAT(cause(), HasSubstr("elected: node there holds it"));
  EXPECT_EQ(mend(), "isat explain 192.0.2.10 on node there");
  account().addresses["192.0.2.10"] = {{"default/web"}, "", {}};
  EXPECT_THAT(cause(), HasSubstr("elected: no live node may announce it"));
}

TEST_F(ClusterChainTest, TheApiIsAwayAndWhatFailedIsSaid) {
  account().in_touch = false;
  account().out_of_touch_cause = "watch: connection refused";
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre(HasSubstr("connection refused")));
  pins().announcements.erase(pins().announcements.begin());
  account().failures["192.0.2.10 on eth0"] = "announce 192.0.2.10: the map is full";
  EXPECT_EQ(cause(), "programmed: announce 192.0.2.10: the map is full");
}

TEST(ClusterAccount, IsReadBackAndDamageIsAbsence) {
  const auto account =
      parse_account(R"({"node": "n", "source": "kubernetes", "in_touch": true, "addresses": [
      {"address": "192.0.2.1", "holder": null, "owners": ["a/b"], "candidates": [{"node": "x"}],
       "interfaces": ["eth1"]}, 7],
      "refusals": [{"owner": "a/c", "addresses": ["192.0.2.2"], "reason": "ipNotAllowed",
                    "sentence": "no pool; add one"}], "failures": {"map": "full", "x": 1},
      "other_classes": [{"owner": "a/d", "class": "c", "addresses": ["192.0.2.3"]}, null]})");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->addresses.at("192.0.2.1").holder, "");
  EXPECT_THAT(account->addresses.at("192.0.2.1").candidates, ElementsAre("x"));
  EXPECT_THAT(account->addresses.at("192.0.2.1").interfaces, ElementsAre("eth1"));
  ASSERT_NE(account->other_class("192.0.2.3"), nullptr);
  EXPECT_EQ(account->other_class("192.0.2.3")->name, "c");
  EXPECT_EQ(account->other_class("192.0.2.1"), nullptr);
  ASSERT_NE(account->refusal("192.0.2.2"), nullptr);
  EXPECT_EQ(account->refusal("192.0.2.2")->cause, "no pool");
  EXPECT_EQ(account->refusal("192.0.2.2")->mend, "add one");
  EXPECT_EQ(account->refusal("192.0.2.1"), nullptr);
  EXPECT_EQ(account->failures.size(), 1u);
  for (const auto* text : {"", "[]", "{}", R"({"node": 3})", R"({"node": "n", "source": "file"})"})
    EXPECT_FALSE(parse_account(text));
}

TEST_F(ChainTest, OutsideEverySubnetIsAWarning) {
  eth0().interface.subnets = {{*Address::parse("198.51.100.1"), 24}};
  EXPECT_EQ(cause(), "");
  EXPECT_THAT(
      Chain(kTen, evidence).follow().warnings,
      ElementsAre(HasSubstr("192.0.2.10 lies in none of eth0's subnets (198.51.100.1/24)")));
  eth0().interface.subnets.insert({*Address::parse("192.0.2.1"), 24});
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings, IsEmpty());
}

TEST_F(ChainTest, WhatCouldNotBeSeenIsSaid) {
  evidence.unseen = {"list packet filters: Operation not permitted"};
  EXPECT_THAT(Chain(kTen, evidence).follow().warnings,
              ElementsAre(HasSubstr("not seen: list packet")));
}

}  // namespace
}  // namespace isat
