// SPDX-License-Identifier: Apache-2.0
// What a healthy node looks like to `isat explain`; each test breaks one thing of it.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "control/chain.h"
#include "control/speaker_state.h"

namespace isat {

inline const Address kTen = *Address::parse("192.0.2.10");
inline const Address kSix = *Address::parse("2001:db8::10");
inline const MacAddress kMac{{2, 0, 0, 0, 0, 1}};

// The addresses are spoken of, as by kube-proxy.
inline const std::string kProxy =
    R"({"set": {"family": "inet", "table": "p", "name": "s", "elem": ["192.0.2.10", "2001:db8::10"]}})";

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

}  // namespace isat
