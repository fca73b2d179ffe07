// SPDX-License-Identifier: Apache-2.0
// What is amiss with the packets that follow the answer, and what is named.
#include "tests/unit/chain_fixture.h"

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

TEST_F(ChainTest, RulesOfIptablesLegacyAreNotSeenAndThatIsSaid) {
  evidence.legacy_tables[Family::kIpv4] = {"nat", "filter"};
  const auto explanation = Chain(kTen, evidence).follow();
  EXPECT_TRUE(explanation.answers());
  EXPECT_THAT(explanation.warnings,
              ElementsAre("iptables-legacy has tables here (nat, filter), and what their rules do "
                          "to packets to 192.0.2.10 is not seen: iptables-legacy-save shows them"));
  EXPECT_THAT(Chain(kSix, evidence).follow().warnings, IsEmpty()) << "IPv6 has tables of its own";
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

}  // namespace
}  // namespace isat
