// SPDX-License-Identifier: Apache-2.0
// Which addresses are neighbours.
#include "dataplane/subnet.h"

#include <gtest/gtest.h>

namespace isat {
namespace {

bool contains(const char* subnet, unsigned length, const char* address) {
  return Subnet{*Address::parse(subnet), length}.contains(*Address::parse(address));
}

TEST(Subnet, SharesTheLeadingBitsAndNoMore) {
  EXPECT_TRUE(contains("192.0.2.1", 24, "192.0.2.255"));
  EXPECT_FALSE(contains("192.0.2.1", 24, "192.0.3.0"));
  EXPECT_TRUE(contains("192.0.2.1", 25, "192.0.2.127"));
  EXPECT_FALSE(contains("192.0.2.1", 25, "192.0.2.128"));
  EXPECT_TRUE(contains("192.0.2.1", 32, "192.0.2.1"));
  EXPECT_FALSE(contains("192.0.2.1", 32, "192.0.2.2"));
  EXPECT_TRUE(contains("2001:db8::1", 64, "2001:db8::ffff"));
  EXPECT_FALSE(contains("2001:db8::1", 64, "2001:db8:0:1::1"));
}

TEST(Subnet, ZeroBitsAreTheWholeFamilyAndNotTheOther) {
  EXPECT_TRUE(contains("0.0.0.0", 0, "203.0.113.1"));
  EXPECT_FALSE(contains("0.0.0.0", 0, "2001:db8::1"));
}

TEST(Subnet, IsWrittenAsConfigured) {
  EXPECT_EQ((Subnet{*Address::parse("192.0.2.1"), 24}).to_string(), "192.0.2.1/24");
}

TEST(Subnet, ReadsWhatItWritesAndNothingElse) {
  for (const auto* text : {"192.0.2.1/24", "0.0.0.0/0", "2001:db8::1/128"}) {
    ASSERT_TRUE(Subnet::parse(text)) << text;
    EXPECT_EQ(Subnet::parse(text)->to_string(), text);
  }
  for (const auto* text : {"", "192.0.2.1", "192.0.2.1/", "192.0.2.1/33", "192.0.2.1/2x", "/24",
                           "2001:db8::1/129", "192.0.2.1/-1"}) {
    EXPECT_EQ(Subnet::parse(text), std::nullopt) << text;
  }
}

TEST(Subnet, NeighboursShareOneNetwork) {
  EXPECT_EQ(Subnet::parse("192.0.2.77/26")->network().to_string(), "192.0.2.64/26");
  EXPECT_EQ(Subnet::parse("192.0.2.77/32")->network().to_string(), "192.0.2.77/32");
  EXPECT_EQ(Subnet::parse("2001:db8::ffff/125")->network().to_string(), "2001:db8::fff8/125");
  EXPECT_EQ(Subnet::parse("192.0.2.77/0")->network().to_string(), "0.0.0.0/0");
}

}  // namespace
}  // namespace isat
