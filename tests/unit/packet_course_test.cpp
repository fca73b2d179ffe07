// SPDX-License-Identifier: Apache-2.0
// Rulesets as nft 1.0.6 prints them, and what they do to a packet nobody has sent.
#include "control/packet_course.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Address kPod = *Address::parse("10.244.0.1");
const std::string kCertain = "table ip t, chain forward: certain";
const std::string kPerhaps = "table ip t, chain forward: perhaps";

std::string rule(const std::string& statements, const std::string& chain = "forward") {
  return R"({"rule": {"family": "ip", "table": "t", "chain": ")" + chain + R"(", "expr": [)" +
         statements + "]}}";
}
std::string base(const std::string& policy = "accept", const std::string& hook = "forward",
                 const std::string& type = "filter", int priority = 0) {
  return R"({"chain": {"family": "ip", "table": "t", "name": ")" + hook + R"(", "type": ")" + type +
         R"(", "hook": ")" + hook + R"(", "prio": )" + std::to_string(priority) +
         R"(, "policy": ")" + policy + R"("}})";
}
std::string chain(const std::string& name) {
  return R"({"chain": {"family": "ip", "table": "t", "name": ")" + name + R"("}})";
}
std::string match(const std::string& left, const std::string& right, const char* op = "==") {
  return R"({"match": {"op": ")" + std::string(op) + R"(", "left": )" + left + R"(, "right": )" +
         right + "}}";
}
std::string meta(const std::string& key, const std::string& right) {
  return match(R"({"meta": {"key": ")" + key + R"("}})", right);
}
std::string ct(const std::string& key, const std::string& right) {
  return match(R"({"ct": {"key": ")" + key + R"("}})", right, "in");
}
const std::string kDaddr = R"({"payload": {"protocol": "ip", "field": "daddr"}})";
std::string daddr(const std::string& right, const char* op = "==") {
  return match(kDaddr, right, op);
}
const std::string kDrop = R"({"drop": null})";
const std::string kAccept = R"({"accept": null})";
const std::string kUnknown = meta("mark", "1");

std::string join(const std::vector<std::string>& objects) {
  std::string all;
  for (const auto& each : objects) all += (all.empty() ? "" : ", ") + each;
  return all;
}
Ruleset ruleset(const std::vector<std::string>& objects) {
  return Ruleset::parse(R"({"nftables": [{"metainfo": {"version": "1.0.6"}}, )" + join(objects) +
                        "]}");
}

Packet forwarded() {
  return {Family::kIpv4, kPod, "eth0", "cni0", true};
}

std::vector<std::string> drops(const std::vector<std::string>& objects,
                               const Packet& packet = forwarded()) {
  std::vector<std::string> texts;
  for (const auto& drop : packet_drops(ruleset(objects), "forward", packet)) {
    texts.push_back(drop.chain + (drop.certain ? ": certain" : ": perhaps"));
  }
  return texts;
}
// With one rule in an accepting chain.
std::vector<std::string> drops_by(const std::vector<std::string>& statements,
                                  const Packet& packet = forwarded()) {
  return drops({base(), rule(join(statements))}, packet);
}

TEST(PacketCourse, APolicyDropsUnlessARuleAccepts) {
  EXPECT_THAT(drops({base()}), IsEmpty());
  EXPECT_THAT(drops({base("drop")}), ElementsAre(kCertain));
  EXPECT_THAT(drops({base("drop"), rule(kAccept)}), IsEmpty());
  EXPECT_THAT(drops({base("drop"), rule(join({kUnknown, kAccept}))}), ElementsAre(kPerhaps));
  EXPECT_THAT(drops({base("drop"), rule(join({ct("status", R"("dnat")"), kAccept}))}), IsEmpty());
  EXPECT_THAT(
      drops({base("drop"), rule(join({ct("state", R"(["established", "related"])"), kAccept}))}),
      ElementsAre(kCertain))
      << "the first packet is neither";
}

TEST(PacketCourse, ARuleThatAsksForWhatIsNotKnownIsLeftOutUnlessItNamesThePod) {
  EXPECT_THAT(drops_by({kUnknown, kDrop}), IsEmpty());
  EXPECT_THAT(drops_by({kUnknown, daddr(R"("10.244.0.1")"), kDrop}), ElementsAre(kPerhaps));
  EXPECT_THAT(drops_by({R"({"xt": {"type": "match", "name": "conntrack"}})", kDrop}), IsEmpty());
  EXPECT_THAT(drops_by({R"({"limit": {"rate": 3, "per": "second"}})", kDrop}), IsEmpty());
}

TEST(PacketCourse, DestinationsAreAddressesPrefixesRangesAndSets) {
  for (const auto* hit :
       {R"("10.244.0.1")", R"({"prefix": {"addr": "10.244.0.0", "len": 16}})",
        R"({"range": ["10.244.0.0", "10.244.0.9"]})", R"({"set": ["10.9.9.9", "10.244.0.1"]})"}) {
    EXPECT_THAT(drops_by({daddr(hit), kDrop}), ElementsAre(kCertain)) << hit;
    EXPECT_THAT(drops_by({daddr(hit, "!="), kDrop}), IsEmpty()) << hit;
  }
  for (const auto* miss : {R"("10.244.0.2")", R"({"prefix": {"addr": "10.244.0.2", "len": 31}})",
                           R"({"range": ["10.244.0.2", "10.244.0.9"]})",
                           R"({"set": ["10.9.9.9", "10.9.9.8"]})", R"("@no_such_set")"}) {
    EXPECT_THAT(drops_by({daddr(miss), kDrop}), IsEmpty()) << miss;
    EXPECT_THAT(drops_by({daddr(miss, "!="), kDrop}), ElementsAre(kCertain)) << miss;
  }
  auto hidden = forwarded();
  hidden.destination.reset();
  EXPECT_THAT(drops_by({daddr(R"("10.244.0.1")"), kDrop}, hidden), IsEmpty());
  EXPECT_THAT(drops_by({kDrop}, hidden), ElementsAre(kCertain));
}

TEST(PacketCourse, InterfacesAreNamesOrTheirBeginning) {
  for (const auto* hit : {R"("eth0")", R"("eth*")", R"({"set": ["a", "eth0"]})"}) {
    EXPECT_THAT(drops_by({meta("iifname", hit), kDrop}), ElementsAre(kCertain)) << hit;
    EXPECT_THAT(drops_by({meta("oifname", hit), kDrop}), IsEmpty()) << hit;
  }
  for (const auto* key : {"oif", "oifname"}) {
    EXPECT_THAT(drops_by({meta(key, R"("cni0")"), kDrop}), ElementsAre(kCertain)) << key;
  }
  auto unrouted = forwarded();
  unrouted.out.clear();
  EXPECT_THAT(drops_by({meta("oifname", R"("eth0")"), kDrop}, unrouted), IsEmpty());
}

TEST(PacketCourse, JumpsComeBackAndGotosDoNot) {
  const auto call = [](const char* verdict) {
    return rule(std::string(R"({")") + verdict + R"(": {"target": "inner"}})");
  };
  const std::vector<std::string> inner = {base("drop"), chain("inner")};
  auto objects = inner;
  objects.insert(objects.end(), {call("jump"), rule(kAccept)});
  EXPECT_THAT(drops(objects), IsEmpty());
  objects[2] = call("goto");
  EXPECT_THAT(drops(objects), ElementsAre(kCertain)) << "the rule behind it is never met";
  objects.push_back(rule(kAccept, "inner"));
  EXPECT_THAT(drops(objects), IsEmpty());
  EXPECT_THAT(drops({base("drop"), chain("inner"), call("jump"),
                     rule(R"({"return": null})", "inner"), rule(kAccept, "inner")}),
              ElementsAre(kCertain));
  EXPECT_THAT(drops({base(), chain("inner"), call("jump"), rule(kDrop, "inner")}),
              ElementsAre("table ip t, chain inner: certain"));
  EXPECT_THAT(drops({base("drop"), chain("inner"), call("jump"),
                     rule(R"({"jump": {"target": "inner"}})", "inner")}),
              ElementsAre(kPerhaps))
      << "the kernel refuses circles; what is not followed is not judged";
}

TEST(PacketCourse, AMapOfVerdictsIsAskedByItsKey) {
  const auto map = [](const char* key, const char* elements) {
    return rule(std::string(R"({"vmap": {"key": )") + key + R"(, "data": )" + elements + "}}");
  };
  EXPECT_THAT(drops({base(), map(R"({"ct": {"key": "state"}})",
                                 R"({"set": [["invalid", {"drop": null}]]})")}),
              IsEmpty());
  EXPECT_THAT(
      drops({base(), map(R"({"ct": {"key": "state"}})", R"({"set": [["new", {"drop": null}]]})")}),
      ElementsAre(kCertain));
  // As kube-proxy's, of Services without an endpoint.
  const auto named = [](const char* address) {
    return R"({"map": {"family": "ip", "table": "t", "name": "none", "map": "verdict", "elem": [)"
           R"([{"elem": {"val": {"concat": [")" +
           std::string(address) + R"(", "tcp", 80]}}}, {"drop": null}]]}})";
  };
  const auto ask = map((R"({"concat": [)" + kDaddr +
                        R"(, {"meta": {"key": "l4proto"}}, {"payload": {"protocol": "th",
                           "field": "dport"}}]})")
                           .c_str(),
                       R"("@none")");
  EXPECT_THAT(drops({named("10.244.0.2"), base(), ask}), IsEmpty());
  EXPECT_THAT(drops({named("10.244.0.1"), base(), ask}), IsEmpty())
      << "for some ports, which are not known";
}

TEST(PacketCourse, TheOtherFamilysRulesAreNoConcern) {
  const auto other =
      R"({"rule": {"family": "inet", "table": "t", "chain": "forward", "expr": [)" +
      match(R"({"payload": {"protocol": "ip6", "field": "daddr"}})", R"("2001:db8::1")", "!=") +
      ", " + kDrop + "]}}";
  const auto inet =
      R"({"chain": {"family": "inet", "table": "t", "name": "forward", "type": "filter",
          "hook": "forward", "prio": 0}})";
  EXPECT_THAT(drops({inet, other}), IsEmpty());
  const Packet six{Family::kIpv6, Address::parse("2001:db8::2").value(), "eth0", "cni0", true};
  EXPECT_THAT(drops({base("drop")}, six), IsEmpty());
  EXPECT_THAT(drops({inet, other}, six), ElementsAre("table inet t, chain forward: certain"));
}

TEST(PacketCourse, OnlyWhatComesBeforeTranslationSeesTheAddressItself) {
  const auto stretch = [](int priority, Stretch of) {
    return packet_drops(ruleset({base("drop", "prerouting", "filter", priority)}), "prerouting",
                        forwarded(), of)
        .size();
  };
  EXPECT_EQ(stretch(-150, Stretch::kBeforeTranslation), 1u);
  EXPECT_EQ(stretch(0, Stretch::kBeforeTranslation), 0u);
  EXPECT_EQ(stretch(0, Stretch::kWhole), 1u);
}

TEST(PacketCourse, TranslatesAsKubeProxyDoes) {
  const Packet packet{Family::kIpv4, Address::parse("192.0.2.10").value(), "eth0", "", false};
  const auto translated = [&](const std::vector<std::string>& objects) {
    std::vector<std::string> texts;
    for (const auto& to : translations(ruleset(objects), packet)) {
      texts.push_back(to ? to->to_string() : "unseen");
    }
    return texts;
  };
  const auto nat = base("accept", "prerouting", "nat", -100);
  const auto either = rule(
      R"({"vmap": {"key": {"numgen": {"mode": "random", "mod": 2}}, "data": {"set": [
         [0, {"goto": {"target": "ep0"}}], [1, {"goto": {"target": "ep1"}}]]}}})",
      "service");
  const auto pods = join({chain("service"), either, chain("ep0"), chain("ep1"),
                          rule(R"({"dnat": {"addr": "10.244.0.1", "port": 80}})", "ep0"),
                          rule(R"({"dnat": {"addr": "10.244.0.2"}})", "ep1")});
  const auto call = R"({"jump": {"target": "service"}})";
  EXPECT_THAT(translated({nat, pods, rule(join({daddr(R"("192.0.2.10")"), call}), "prerouting")}),
              ElementsAre("10.244.0.1", "10.244.0.2"));
  EXPECT_THAT(translated({nat, pods, rule(join({daddr(R"("192.0.2.11")"), call}), "prerouting")}),
              IsEmpty());
  EXPECT_THAT(translated({nat, rule(join({daddr(R"("192.0.2.10")"),
                                          R"({"xt": {"type": "target", "name": "DNAT"}})"}),
                                    "prerouting")}),
              ElementsAre("unseen"));
}

TEST(Ruleset, MentionsWhatItDoesNotDrop) {
  const auto address = *Address::parse("192.0.2.10");
  const auto about = daddr(R"("192.0.2.10")");
  EXPECT_TRUE(ruleset({rule(join({about, kAccept}))}).mentions(address));
  EXPECT_FALSE(ruleset({rule(join({about, kDrop}))}).mentions(address));
  EXPECT_TRUE(ruleset({R"({"map": {"family": "ip", "name": "m", "table": "t", "map": "verdict",
      "elem": [[{"concat": ["192.0.2.10", "tcp", 80]}, {"goto": {"target": "x"}}]]}})"})
                  .mentions(address));
}

TEST(Ruleset, WhatIsNoneHasNothing) {
  for (const auto* text : {"", "[]", R"({"nftables": 1})", R"({"nftables": [null, {"rule": 1}]})",
                           R"({"nftables": [{"chain": {"name": 3, "hook": "forward"}},
            {"rule": {"expr": [1, {"match": 2}, {"vmap": {"key": 1, "data": 2}}]}}]})"}) {
    const auto parsed = Ruleset::parse(text);
    EXPECT_THAT(packet_drops(parsed, "forward", forwarded()), IsEmpty());
    EXPECT_THAT(translations(parsed, forwarded()), IsEmpty());
  }
}

}  // namespace
}  // namespace isat
