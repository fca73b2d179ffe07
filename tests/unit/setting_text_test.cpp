// SPDX-License-Identifier: Apache-2.0
// What the text of a single setting means.
#include "control/setting_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace isat {
namespace {

using std::chrono::milliseconds;

TEST(Duration, IsReadInItsUnit) {
  EXPECT_EQ(parse_duration("500ms").value(), milliseconds(500));
  EXPECT_EQ(parse_duration("1.1s").value(), milliseconds(1'100));
  EXPECT_EQ(parse_duration("60s").value(), milliseconds(60'000));
  EXPECT_EQ(parse_duration("5m").value(), milliseconds(300'000));
  EXPECT_EQ(parse_duration("0.5m").value(), milliseconds(30'000));
  EXPECT_EQ(parse_duration("1.25h").value(), milliseconds(4'500'000));
  EXPECT_EQ(parse_duration("1.001000s").value(), milliseconds(1'001));
  EXPECT_EQ(parse_duration("0s").value(), milliseconds(0));
  EXPECT_EQ(parse_duration("999999h").value(), milliseconds(999'999LL * 3'600'000));
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"", "5", "s", ".s", "1.s", ".5s", "-1s", "+1s", "1 s", "1s ", "1e3s", "1.1.1s", "1S", "1d",
        "1,5s", "10000000s", "0.0000001h", "1.0000000s", "1s1ms"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("fast").error().message,
            "'fast' is no duration; write one like 1.1s or 500ms");
  EXPECT_EQ(parse_duration("1.0005s").error().message,
            "'1.0005s' is finer than a millisecond; round it");
}

RC_GTEST_PROP(Duration, TextLeadsBack, ()) {
  const auto duration = milliseconds(*rc::gen::inRange<std::int64_t>(0, 999'999));
  RC_ASSERT(parse_duration(duration_text(duration)).value() == duration);
}

TEST(Duration, IsWrittenInTheLargestUnit) {
  EXPECT_EQ(duration_text(milliseconds(0)), "0s");
  EXPECT_EQ(duration_text(milliseconds(1'100)), "1100ms");
  EXPECT_EQ(duration_text(milliseconds(90'000)), "90s");
  EXPECT_EQ(duration_text(milliseconds(120'000)), "2m");
  EXPECT_EQ(duration_text(milliseconds(86'400'000)), "24h");
}

TEST(Number, StaysInRange) {
  EXPECT_EQ(parse_number("1", 1, 10).value(), 1U);
  EXPECT_EQ(parse_number("10", 1, 10).value(), 10U);
  for (const char* text :
       {"0", "11", "", "-1", "+1", " 1", "1 ", "0x1", "1.0", "4294967297", "one"}) {
    EXPECT_FALSE(parse_number(text, 1, 10)) << text;
  }
  EXPECT_EQ(parse_number("99", 1, 10).error().message, "'99' is no number in range; write 1 to 10");
}

TEST(Listen, IsHostAndPort) {
  for (const char* text : {"", "127.0.0.1:7472", "0.0.0.0:1", "[::1]:7472", "[2001:db8::1]:65535",
                           "localhost:7472", "node-1.example.org:80"}) {
    EXPECT_TRUE(check_listen(text)) << text;
  }
  for (const char* text :
       {"7472", ":7472", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
        "127.0.0.1:http", "300.1.1.1:80", "::1:7472", "::1", "[::1]", "[::1]7472", "[127.0.0.1]:80",
        "[::1:80", "a b:80", "[]:80", "127.0.0.1:-1"}) {
    EXPECT_FALSE(check_listen(text)) << text;
  }
  EXPECT_EQ(check_listen("fe80::1").error().message,
            "'fe80::1' is an IPv6 address without port; write [ADDRESS]:PORT");
}

TEST(Path, IsAbsolute) {
  EXPECT_TRUE(check_absolute_path("/sys/fs/bpf/isat"));
  EXPECT_FALSE(check_absolute_path(""));
  EXPECT_EQ(check_absolute_path("isat").error().message,
            "'isat' is not an absolute path; begin it with '/'");
}

TEST(Namespace, IsALabel) {
  EXPECT_TRUE(check_namespace("isat-system"));
  for (const std::string& text : {std::string(), std::string("Isat"), std::string("-a"),
                                  std::string("a-"), std::string("a/b"), std::string(64, 'a')}) {
    EXPECT_FALSE(check_namespace(text)) << text;
  }
}

}  // namespace
}  // namespace isat
