// SPDX-License-Identifier: Apache-2.0
// Ranges of addresses: what is read, counted and refused.
#include "control/address_range.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace isat {
namespace {

AddressRange range(const std::string& text) {
  auto parsed = AddressRange::parse(text);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return *parsed;
}

std::string refusal(const std::string& text) {
  const auto parsed = AddressRange::parse(text);
  return parsed ? "accepted as " + parsed->to_string() : parsed.error().message;
}

struct Reading {
  const char* text;
  const char* canonical;
  std::uint64_t count;
};

class Read : public testing::TestWithParam<Reading> {};

TEST_P(Read, AsWritten) {
  const auto& [text, canonical, count] = GetParam();
  const auto read = range(text);
  EXPECT_EQ(read.to_string(), canonical);
  EXPECT_EQ(read.count(), count);
  EXPECT_EQ(read.at(0), read.first());
}

constexpr auto kSaturated = std::numeric_limits<std::uint64_t>::max();

INSTANTIATE_TEST_SUITE_P(
    AddressRange, Read,
    testing::Values(
        Reading{"192.0.2.10", "192.0.2.10", 1}, Reading{"  192.0.2.10 ", "192.0.2.10", 1},
        Reading{"192.0.2.10/32", "192.0.2.10", 1},
        Reading{"192.0.2.32/28", "192.0.2.32-192.0.2.47", 16},
        Reading{"192.0.2.1-192.0.2.1", "192.0.2.1", 1},
        Reading{"192.0.2.100 - 192.0.2.120", "192.0.2.100-192.0.2.120", 21},
        Reading{"192.0.2.255-192.0.3.0", "192.0.2.255-192.0.3.0", 2},
        Reading{"10.0.0.0/8", "10.0.0.0-10.255.255.255", 16'777'216},
        Reading{"2001:db8::10", "2001:db8::10", 1}, Reading{"2001:db8::10/128", "2001:db8::10", 1},
        Reading{"2001:db8::/120", "2001:db8::-2001:db8::ff", 256},
        Reading{"2001:db8::/65", "2001:db8::-2001:db8::7fff:ffff:ffff:ffff", 1ULL << 63},
        Reading{"2001:db8::/64", "2001:db8::-2001:db8::ffff:ffff:ffff:ffff", kSaturated},
        Reading{"2000::/3", "2000::-3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kSaturated},
        Reading{"2001:db8::ffff:ffff:ffff:fffe-2001:db8:0:1::1",
                "2001:db8::ffff:ffff:ffff:fffe-2001:db8:0:1::1", 4},
        Reading{"2001:db8:0:0:1::-2001:db8:0:2::", "2001:db8:0:0:1::-2001:db8:0:2::", kSaturated},
        Reading{"fe80::1", "fe80::1", 1}, Reading{"240.0.0.1", "240.0.0.1", 1}));

TEST(AddressRange, CountsOnAcrossTheLowHalf) {
  const auto read = range("2001:db8::ffff:ffff:ffff:fffe-2001:db8:0:1::1");
  EXPECT_EQ(read.at(1).to_string(), "2001:db8::ffff:ffff:ffff:ffff");
  EXPECT_EQ(read.at(2).to_string(), "2001:db8:0:1::");
  EXPECT_EQ(read.at(3), read.last());
}

TEST(AddressRange, RefusesWithTheMend) {
  EXPECT_EQ(refusal("192.0.2.33/28"),
            "'192.0.2.33' has bits set beyond its prefix /28; write 192.0.2.32/28");
  EXPECT_EQ(refusal("2001:db8::1/64"),
            "'2001:db8::1' has bits set beyond its prefix /64; write 2001:db8::/64");
  EXPECT_EQ(refusal("192.0.2.20-192.0.2.10"),
            "'192.0.2.20-192.0.2.10' is reversed; write 192.0.2.10-192.0.2.20");
  EXPECT_EQ(refusal("192.0.2.1-2001:db8::1"),
            "'192.0.2.1-2001:db8::1' mixes IPv4 and IPv6; write one range for each");
  EXPECT_EQ(refusal("192.0.2.0/33"), "prefix length '33' is out of range; write 0 to 32");
  EXPECT_EQ(refusal("2001:db8::/129"), "prefix length '129' is out of range; write 0 to 128");
  EXPECT_EQ(refusal("192.0.2.10-20"),
            "'20' is not an IPv4 or IPv6 address; write ADDRESS, ADDRESS/PREFIX or FIRST-LAST");
}

TEST(AddressRange, RefusesWhatIsNoRange) {
  for (const char* text : {"", " ", "/", "-", "192.0.2.1/", "/24", "192.0.2.0/-1", "192.0.2.0/+24",
                           "192.0.2.0/24/24", "192.0.2.0/4294967320", "192.0.2.0/0x18",
                           "192.0.2.1-", "-192.0.2.1", "192.0.2.1-192.0.2.2-192.0.2.3",
                           "192.0.2.0/28-192.0.2.40", "fe80::1%eth0", "example.org"}) {
    EXPECT_FALSE(AddressRange::parse(text)) << text;
  }
  using std::string_literals::operator""s;
  EXPECT_FALSE(AddressRange::parse("192.0.2.1\0junk"s));
  EXPECT_FALSE(AddressRange::parse("192.0.2.1\0"s));
}

struct NotOwnable {
  const char* text;
  const char* reason;
};

class Refused : public testing::TestWithParam<NotOwnable> {};

TEST_P(Refused, ForItsMeaning) {
  EXPECT_NE(refusal(GetParam().text).find(GetParam().reason), std::string::npos)
      << refusal(GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    AddressRange, Refused,
    testing::Values(NotOwnable{"0.0.0.0", "(unspecified"}, NotOwnable{"0.0.0.0/0", "(unspecified"},
                    NotOwnable{"127.0.0.1", "127.0.0.0-127.255.255.255 (loopback"},
                    NotOwnable{"126.0.0.0-128.0.0.0", "(loopback"},
                    NotOwnable{"224.0.0.1", "(multicast"},
                    NotOwnable{"239.255.255.255", "(multicast"},
                    NotOwnable{"255.255.255.255", "(limited broadcast"},
                    NotOwnable{"255.255.255.0/24", "(limited broadcast"},
                    NotOwnable{"::", "(unspecified"}, NotOwnable{"::1", "(loopback"},
                    NotOwnable{"::/0", "(unspecified"}, NotOwnable{"ff02::1", "(multicast"},
                    NotOwnable{"fe00::/7", "(multicast"},
                    NotOwnable{"::ffff:192.0.2.1", "(IPv4-mapped"}));

TEST(AddressRange, OverlapsWhenOneAddressIsInBoth) {
  const auto block = range("192.0.2.32/28");
  EXPECT_TRUE(block.overlaps(block));
  EXPECT_TRUE(block.overlaps(range("192.0.2.47-192.0.2.60")));
  EXPECT_TRUE(range("192.0.2.0/24").overlaps(block));
  EXPECT_TRUE(block.overlaps(range("192.0.2.0/24")));
  EXPECT_FALSE(block.overlaps(range("192.0.2.48")));
  EXPECT_FALSE(block.overlaps(range("192.0.2.31")));
  EXPECT_FALSE(block.overlaps(range("2001:db8::/64")));
}

// Unicast in both families whatever the other bits are.
Address unicast(bool v4, std::uint64_t number) {
  const auto byte = [&](int shift) { return static_cast<std::uint8_t>(number >> shift); };
  if (v4) return Address::v4({10, byte(16), byte(8), byte(0)});
  return Address::v6({0x20, 0x01, byte(56), byte(48), 0, 0, 0, 0, byte(40), byte(32), byte(24),
                      byte(16), 0, 0, byte(8), byte(0)});
}

RC_GTEST_PROP(AddressRange, TextLeadsBack, (bool v4, std::uint64_t one, std::uint64_t other)) {
  const auto [first, last] = std::minmax({unicast(v4, one), unicast(v4, other)});
  const auto read = AddressRange::parse(first.to_string() + "-" + last.to_string());
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->first() == first);
  RC_ASSERT(read->last() == last);
  RC_ASSERT(AddressRange::parse(read->to_string()).value() == *read);
}

RC_GTEST_PROP(AddressRange, CountsWhatItExpandsTo, (bool v4, std::uint16_t base)) {
  const auto size = *rc::gen::inRange(std::uint64_t{1}, std::uint64_t{600});
  const auto start = AddressRange::parse(unicast(v4, base).to_string()).value();
  const auto last = start.at(size - 1);
  const auto read = AddressRange::parse(start.to_string() + "-" + last.to_string()).value();
  RC_ASSERT(read.count() == size);
  for (std::uint64_t place = 1; place < size; ++place) {
    RC_ASSERT(read.at(place - 1) < read.at(place));
    RC_ASSERT(read.overlaps(AddressRange::parse(read.at(place).to_string()).value()));
  }
  RC_ASSERT(read.at(size - 1) == read.last());
}

RC_GTEST_PROP(AddressRange, NeverCrashesOnMutatedText, ()) {
  auto text = *rc::gen::element<std::string>("192.0.2.32/28", "192.0.2.100 - 192.0.2.120",
                                             "2001:db8::/64", "2001:db8::1-2001:db8::ff");
  const auto mutations = *rc::gen::inRange(1, 6);
  for (int i = 0; i < mutations; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
    text.replace(at, *rc::gen::inRange<std::size_t>(0, 3), *rc::gen::arbitrary<std::string>());
  }
  const auto read = AddressRange::parse(text);
  if (!read) {
    RC_ASSERT(!read.error().message.empty());
    RC_ASSERT(read.error().message.find('\n') == std::string::npos);
  } else {
    RC_ASSERT(read->first() <= read->last());
    RC_ASSERT(AddressRange::parse(read->to_string()).value() == *read);
  }
}

}  // namespace
}  // namespace isat
