// SPDX-License-Identifier: Apache-2.0
// Which interfaces are served, and why not.
#include "control/eligible_interface.h"

#include <gtest/gtest.h>

#include <string>

namespace isat {
namespace {

using Patterns = std::optional<std::vector<std::string>>;

Interface sound(const std::string& name) {
  Interface interface;
  interface.index = 7;
  interface.name = name;
  interface.up = true;
  interface.broadcast = true;
  return interface;
}

InterfaceFilter filter(const Patterns& interfaces, const Patterns& excluded = std::nullopt) {
  auto made = InterfaceFilter::make(interfaces, excluded);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return *made;
}

std::string verdict(const InterfaceFilter& chosen, const Interface& interface) {
  const auto [eligible, reason] = chosen.check(interface);
  EXPECT_EQ(eligible, reason.empty());
  return eligible ? "served" : reason;
}

TEST(InterfaceFilter, ServesASoundInterfaceWithoutBeingAsked) {
  EXPECT_EQ(verdict(filter({}), sound("eth0")), "served");
}

TEST(InterfaceFilter, NamesTheRuleThatFails) {
  const auto by_default = filter({});
  auto interface = sound("eth0");
  interface.up = false;
  EXPECT_EQ(verdict(by_default, interface), "is down");
  interface = sound("eth0");
  interface.broadcast = false;
  EXPECT_EQ(verdict(by_default, interface), "has no broadcast");
  interface = sound("eth0");
  interface.master = 4;
  EXPECT_EQ(verdict(by_default, interface), "is enslaved to interface 4");
  interface = sound("eth0");
  interface.no_arp = true;
  EXPECT_EQ(verdict(by_default, interface), "does no ARP (NOARP)");
  EXPECT_EQ(verdict(filter({{"eth1"}}), sound("eth0")), "matches none of `interfaces`");
  EXPECT_EQ(verdict(filter({}, {{"eth.*"}}), sound("eth0")), "is excluded by 'eth.*'");
}

TEST(InterfaceFilter, CarrierIsNoRule) {
  auto interface = sound("eth0");
  interface.carrier = false;
  EXPECT_EQ(verdict(filter({}), interface), "served");
}

TEST(InterfaceFilter, NamesTheNameBeforeTheState) {
  auto interface = sound("veth12");
  interface.up = false;
  EXPECT_EQ(verdict(filter({}), interface), "is excluded by '^veth.*'");
}

TEST(InterfaceFilter, ExcludesMetalLbsListByDefault) {
  const auto by_default = filter({});
  for (const char* name :
       {"docker0", "cbr0", "dummy1", "virbr0", "lxcbr0", "veth3af", "lo", "cali123", "tunl0",
        "flannel.1", "kube-ipvs0", "cni0", "nodelocaldns", "lxc1"}) {
    EXPECT_NE(verdict(by_default, sound(name)), "served") << name;
  }
  for (const char* name : {"lo0", "eth0", "mydocker0", "br0", "wlan0", "bond0.100"}) {
    EXPECT_EQ(verdict(by_default, sound(name)), "served") << name;
  }
}

TEST(InterfaceFilter, NamingInterfacesOverridesTheDefaultList) {
  EXPECT_EQ(verdict(filter({{"veth0"}}), sound("veth0")), "served");
  EXPECT_EQ(verdict(filter({{"veth0"}}, {{"veth.*"}}), sound("veth0")), "is excluded by 'veth.*'");
}

TEST(InterfaceFilter, AnExcludeListReplacesTheDefaultOne) {
  EXPECT_EQ(verdict(filter({}, {{"wlan.*"}}), sound("docker0")), "served");
  EXPECT_EQ(verdict(filter({}, {std::vector<std::string>{}}), sound("docker0")), "served");
}

TEST(InterfaceFilter, NamingAnInterfaceWaivesNoOtherRule) {
  auto interface = sound("eth0");
  interface.master = 4;
  EXPECT_EQ(verdict(filter({{"eth0"}}), interface), "is enslaved to interface 4");
}

TEST(InterfaceFilter, PatternsMatchTheWholeName) {
  EXPECT_EQ(verdict(filter({{"eth"}}), sound("eth0")), "matches none of `interfaces`");
  EXPECT_EQ(verdict(filter({{"th0"}}), sound("eth0")), "matches none of `interfaces`");
  EXPECT_EQ(verdict(filter({{"eth0|eth1"}}), sound("eth10")), "matches none of `interfaces`");
  EXPECT_EQ(verdict(filter({{"^eth[0-9]+$"}}), sound("eth10")), "served");
}

TEST(InterfaceFilter, RefusesPatternsThatAreNone) {
  const auto refused = [](const Patterns& interfaces, const Patterns& excluded) {
    const auto made = InterfaceFilter::make(interfaces, excluded);
    return made ? "accepted" : made.error().message;
  };
  EXPECT_EQ(
      refused({{"eth0", "eth("}}, {}).rfind("interfaces: 'eth(' is no regular expression: ", 0),
      0U);
  EXPECT_EQ(refused({}, {{"*"}}).rfind("exclude_interfaces: '*' is no regular expression: ", 0),
            0U);
  EXPECT_EQ(refused({{""}}, {}), "interfaces: an empty pattern matches no interface; remove it");
  EXPECT_NE(refused({{std::string(100'000, '(')}}, {}).find("is longer than 128 characters"),
            std::string::npos);
}

}  // namespace
}  // namespace isat
