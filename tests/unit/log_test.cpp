// SPDX-License-Identifier: Apache-2.0
// The lines of the log.
#include "control/log.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace isat {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* kTime = "[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z";

TEST(Log, TextIsTimeLevelMessage) {
  std::ostringstream out;
  (*make_logger(out, "info", "text"))->info("attached {}", "eth0");
  EXPECT_THAT(out.str(), MatchesRegex(std::string(kTime) + " info attached eth0\n"));
}

TEST(Log, JsonIsOneObjectALineWhateverTheMessageHolds) {
  std::ostringstream out;
  const auto logger = *make_logger(out, "info", "json");
  logger->warn("said \"no\"\nand \xff went");
  logger->error("second");
  std::istringstream lines(out.str());
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto first = nlohmann::json::parse(line);
  EXPECT_EQ(first["level"], "warning");
  EXPECT_EQ(first["message"], "said \"no\"\nand \xEF\xBF\xBD went");
  EXPECT_THAT(first["time"].get<std::string>(), MatchesRegex(kTime));
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(nlohmann::json::parse(line)["message"], "second");
}

TEST(Log, LevelHoldsBackWhatIsLessUrgent) {
  std::ostringstream out;
  const auto logger = *make_logger(out, "warn", "text");
  logger->info("quiet");
  EXPECT_EQ(out.str(), "");
  logger->warn("loud");
  EXPECT_THAT(out.str(), HasSubstr("loud"));
}

TEST(Log, UnknownLevelOrFormatNamesTheMend) {
  std::ostringstream out;
  EXPECT_EQ(make_logger(out, "chatty", "text").error().message,
            "set log level 'chatty': unknown; use debug, info, warn or error");
  EXPECT_EQ(make_logger(out, "info", "xml").error().message,
            "set log format 'xml': unknown; use text or json");
}

}  // namespace
}  // namespace isat
