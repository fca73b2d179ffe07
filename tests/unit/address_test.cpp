// SPDX-License-Identifier: Apache-2.0
// Addresses as values: text to bytes and back, order, groups.
#include "dataplane/address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <set>
#include <string>
#include <unordered_set>

namespace isat {
namespace {

TEST(Address, KnowsItsFamilyAndBytes) {
  const auto v4 = Address::parse("192.0.2.1");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->family(), Family::kIpv4);
  EXPECT_EQ(std::vector<std::uint8_t>(v4->bytes().begin(), v4->bytes().end()),
            (std::vector<std::uint8_t>{192, 0, 2, 1}));
  const auto v6 = Address::parse("2001:db8::1");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->family(), Family::kIpv6);
  EXPECT_EQ(v6->bytes().size(), 16U);
  EXPECT_EQ(v6->bytes()[0], 0x20);
  EXPECT_EQ(v6->bytes()[15], 1);
}

TEST(Address, IsWrittenAsRfc5952Says) {
  EXPECT_EQ(Address::parse("2001:DB8:0:0:0:0:0:1")->to_string(), "2001:db8::1");
  EXPECT_EQ(Address::parse("::ffff:192.0.2.1")->to_string(), "::ffff:192.0.2.1");
}

TEST(Address, RefusesEverythingElse) {
  for (const char* text : {"", " ", "192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1/32",
                           "::1%lo", "1::2::3", "host", "192.0.2.1 ", "[::1]"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
  EXPECT_EQ(Address::parse("host").error().message,
            "parse address 'host': not an IPv4 or IPv6 address");
}

TEST(Address, IsOrderedByFamilyThenAsANumber) {
  EXPECT_LT(*Address::parse("9.255.255.255"), *Address::parse("10.0.0.0"));
  EXPECT_LT(*Address::parse("255.255.255.255"), *Address::parse("::"));
  EXPECT_LT(*Address::parse("2001:db8::ff"), *Address::parse("2001:db8::100"));
}

TEST(Address, HashesApartAndEqualAlike) {
  std::unordered_set<Address> addresses;
  for (int i = 0; i < 100; ++i) {
    addresses.insert(*Address::parse("192.0.2." + std::to_string(i)));
    addresses.insert(*Address::parse("192.0.2." + std::to_string(i)));
  }
  EXPECT_EQ(addresses.size(), 100U);
}

RC_GTEST_PROP(Address, V4TextLeadsBack, (const std::array<std::uint8_t, 4>& bytes)) {
  const auto address = Address::v4(bytes);
  RC_ASSERT(Address::parse(address.to_string()).value() == address);
}

RC_GTEST_PROP(Address, V6TextLeadsBack, (const std::array<std::uint8_t, 16>& bytes)) {
  const auto address = Address::v6(bytes);
  RC_ASSERT(Address::parse(address.to_string()).value() == address);
}

TEST(MacAddress, TextLeadsBack) {
  const auto mac = MacAddress::parse("02:42:AC:11:00:02");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->bytes, (std::array<std::uint8_t, 6>{0x02, 0x42, 0xac, 0x11, 0x00, 0x02}));
  EXPECT_EQ(mac->to_string(), "02:42:ac:11:00:02");
}

TEST(MacAddress, RefusesEverythingElse) {
  for (const char* text :
       {"", "02:42:ac:11:00", "02:42:ac:11:00:02:03", "02-42-ac-11-00-02", "02:42:ac:11:00:zz"}) {
    EXPECT_FALSE(MacAddress::parse(text)) << text;
  }
}

TEST(SolicitedNodeGroup, TakesTheLastThreeBytes) {
  EXPECT_EQ(solicited_node_group(*Address::parse("2001:db8::12:3456")).to_string(),
            "ff02::1:ff12:3456");
  EXPECT_EQ(solicited_node_group(*Address::parse("fe80::abcd:ef01:2345:6789")).to_string(),
            "ff02::1:ff45:6789");
}

}  // namespace
}  // namespace isat
