// SPDX-License-Identifier: Apache-2.0
// What link messages mean, from messages made by hand: cases that not every kernel can produce.
#include "dataplane/interface_table.h"

#include <gmock/gmock.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <array>
#include <functional>
#include <string>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Attributes = std::function<void(nlmsghdr*)>;

std::optional<LinkMessage> parse(std::uint16_t type, int family, int index, unsigned flags,
                                 const Attributes& attributes) {
  alignas(nlmsghdr) std::array<char, 1024> buffer{};
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = type;
  auto* header = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
  header->ifi_family = static_cast<unsigned char>(family);
  header->ifi_index = index;
  header->ifi_flags = flags;
  attributes(message);
  return parse_link_message(*message);
}

Attributes link(const std::string& kind, std::uint32_t lower, bool elsewhere = false) {
  return [=](nlmsghdr* message) {
    mnl_attr_put_strz(message, IFLA_IFNAME, "port");
    mnl_attr_put_u32(message, IFLA_LINK, lower);
    if (elsewhere) mnl_attr_put_u32(message, IFLA_LINK_NETNSID, 0);
    nlattr* info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, kind.c_str());
    mnl_attr_nest_end(message, info);
  };
}

InterfaceIndex parent(const std::string& kind, bool elsewhere = false) {
  return parse(RTM_NEWLINK, AF_UNSPEC, 7, 0, link(kind, 3, elsewhere))->interface.parent;
}

TEST(LinkMessage, EveryField) {
  const std::array<std::uint8_t, 6> mac = {2, 0, 0x5e, 0, 0, 1};
  const auto message = parse(RTM_NEWLINK, AF_UNSPEC, 7,
                             IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_NOARP, [&](nlmsghdr* at) {
                               mnl_attr_put_strz(at, IFLA_IFNAME, "eth0.5");
                               mnl_attr_put(at, IFLA_ADDRESS, mac.size(), mac.data());
                               mnl_attr_put_u32(at, IFLA_MTU, 9000);
                               mnl_attr_put_u32(at, IFLA_MASTER, 4);
                               mnl_attr_put_u32(at, IFLA_LINK, 3);
                               mnl_attr_put_u32(at, IFLA_PROMISCUITY, 1);
                               nlattr* info = mnl_attr_nest_start(at, IFLA_LINKINFO);
                               mnl_attr_put_strz(at, IFLA_INFO_KIND, "vlan");
                               mnl_attr_nest_end(at, info);
                             });
  Interface expected;
  expected.index = 7;
  expected.name = "eth0.5";
  expected.mac = {mac};
  expected.up = expected.carrier = expected.broadcast = expected.no_arp = true;
  expected.promiscuous = true;
  expected.master = 4;
  expected.parent = 3;
  expected.kind = "vlan";
  expected.mtu = 9000;
  ASSERT_TRUE(message);
  EXPECT_FALSE(message->gone);
  EXPECT_EQ(message->interface, expected);
}

TEST(LinkMessage, OnlyWhatStacksHasAParent) {
  EXPECT_EQ(parent("vlan"), 3U);
  EXPECT_EQ(parent("macvlan"), 3U);
  EXPECT_EQ(parent("veth"), 0U) << "its IFLA_LINK is the peer";
  EXPECT_EQ(parent("gre"), 0U) << "a tunnel sits on no Ethernet";
  EXPECT_EQ(parent("vlan", true), 0U) << "the index belongs to another namespace";
}

TEST(LinkMessage, ABridgeSpeaksOfItsPortsNotOfInterfaces) {
  EXPECT_FALSE(parse(RTM_NEWLINK, AF_BRIDGE, 7, 0, link("veth", 3)));
  EXPECT_FALSE(parse(RTM_DELLINK, AF_BRIDGE, 7, 0, link("veth", 3)));
  EXPECT_TRUE(parse(RTM_DELLINK, AF_UNSPEC, 7, 0, link("veth", 3))->gone);
}

TEST(LinkMessage, AWirelessEventDescribesNothing) {
  EXPECT_FALSE(parse(RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP, [](nlmsghdr* message) {
    mnl_attr_put_strz(message, IFLA_IFNAME, "wlan0");
    mnl_attr_put_u32(message, IFLA_WIRELESS, 0);
  }));
}

TEST(LinkMessage, CarrierCountsOnceTheQueueIsSetUp) {
  const auto nothing = [](nlmsghdr*) {};
  EXPECT_FALSE(parse(RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP | IFF_LOWER_UP, nothing)->interface.carrier);
}

TEST(LinkMessage, OddMessagesAreHarmless) {
  const auto nothing = [](nlmsghdr*) {};
  EXPECT_FALSE(parse(RTM_NEWADDR, AF_UNSPEC, 7, 0, nothing));
  EXPECT_FALSE(parse(RTM_NEWLINK, AF_UNSPEC, 0, 0, nothing));
  struct {
    nlmsghdr header;
    ifinfomsg beyond;
  } shorter{};
  shorter.header.nlmsg_len = sizeof(shorter.header);
  shorter.header.nlmsg_type = RTM_NEWLINK;
  shorter.beyond.ifi_index = 7;
  EXPECT_FALSE(parse_link_message(shorter.header));
  const auto odd = parse(RTM_NEWLINK, AF_UNSPEC, 7, 0, [](nlmsghdr* message) {
    mnl_attr_put(message, IFLA_ADDRESS, 20, std::string(20, 'x').data());  // InfiniBand
    mnl_attr_put(message, IFLA_MTU, 1, "x");
    mnl_attr_put(message, IFLA_IFNAME, 3, "abc");  // not terminated
    mnl_attr_put_u32(message, IFLA_MAX + 1, 1);
  });
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->interface.mac, MacAddress{});
  EXPECT_EQ(odd->interface.mtu, 0U);
  EXPECT_EQ(odd->interface.name, "abc");
}

LinkMessage present(InterfaceIndex index, const std::string& kind = "", InterfaceIndex below = 0) {
  LinkMessage message;
  message.interface.index = index;
  message.interface.kind = kind;
  message.interface.parent = below;
  return message;
}

LinkMessage gone(InterfaceIndex index) {
  auto message = present(index);
  message.gone = true;
  return message;
}

TEST(InterfaceTable, ReportsEachChangeOnce) {
  InterfaceTable table;
  table.apply(present(2));
  table.apply(present(1));
  table.apply(present(2));
  EXPECT_THAT(table.take_changed(), ElementsAre(1, 2));
  EXPECT_THAT(table.take_changed(), IsEmpty());
  table.apply(present(2));
  table.apply(gone(9));
  EXPECT_THAT(table.take_changed(), IsEmpty()) << "nothing new in that";
  table.apply(gone(2));
  EXPECT_THAT(table.take_changed(), ElementsAre(2));
  EXPECT_FALSE(table.all().contains(2));
}

TEST(InterfaceTable, GoneAndBackBetweenTwoLooksIsAChange) {
  InterfaceTable table;
  table.apply(present(2));
  EXPECT_THAT(table.take_changed(), ElementsAre(2));
  table.apply(gone(2));
  table.apply(present(2));
  EXPECT_THAT(table.take_changed(), ElementsAre(2));
}

TEST(InterfaceTable, AVlanMarksWhatItSitsOn) {
  InterfaceTable table;
  table.apply(present(5, "vlan", 2));  // a dump may list it before its parent
  table.apply(present(2));
  table.apply(present(3));
  table.apply(present(6, "macvlan", 3));
  EXPECT_TRUE(table.all().at(2).carries_vlans);
  EXPECT_FALSE(table.all().at(3).carries_vlans);
  EXPECT_THAT(table.take_changed(), ElementsAre(2, 3, 5, 6));

  table.apply(present(7, "vlan", 3));
  EXPECT_TRUE(table.all().at(3).carries_vlans);
  EXPECT_THAT(table.take_changed(), ElementsAre(3, 7)) << "the parent changed too";

  table.apply(present(8, "vlan", 3));
  table.apply(gone(7));
  EXPECT_TRUE(table.all().at(3).carries_vlans) << "one is left";
  EXPECT_THAT(table.take_changed(), ElementsAre(7, 8));
  table.apply(present(3));
  EXPECT_THAT(table.take_changed(), IsEmpty()) << "a message about the parent does not unmark it";
  table.apply(gone(8));
  EXPECT_FALSE(table.all().at(3).carries_vlans);
  EXPECT_THAT(table.take_changed(), ElementsAre(3, 8));
}

TEST(InterfaceTable, ReplacingReportsTheDifference) {
  InterfaceTable table;
  for (const InterfaceIndex index : {1U, 2U, 3U}) table.apply(present(index));
  EXPECT_THAT(table.take_changed(), ElementsAre(1, 2, 3));
  InterfaceTable current;
  current.apply(present(1));
  current.apply(present(3, "bridge"));
  current.apply(present(4, "vlan", 1));
  table.replace(current);
  EXPECT_THAT(table.take_changed(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(table.all(), current.all());
  table.apply(present(1));
  EXPECT_THAT(table.take_changed(), IsEmpty()) << "its VLANs came along";
}

}  // namespace
}  // namespace isat
