// SPDX-License-Identifier: Apache-2.0
// The speaker's log.
#include "control/log.h"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace isat {
namespace {

// UTC with milliseconds: the logs of several nodes are read side by side.
constexpr const char* kTime = "%Y-%m-%dT%H:%M:%S.%eZ";

std::unique_ptr<spdlog::formatter> pattern(const std::string& text, const std::string& end) {
  return std::make_unique<spdlog::pattern_formatter>(text, spdlog::pattern_time_type::utc, end);
}

// A pattern cannot escape what it prints, so JSON needs a formatter of its own.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& entry, spdlog::memory_buf_t& line) override {
    spdlog::memory_buf_t time;
    time_->format(entry, time);
    const auto level = spdlog::level::to_string_view(entry.level);
    const nlohmann::ordered_json object = {
        {"time", std::string(time.data(), time.size())},
        {"level", std::string(level.data(), level.size())},
        {"message", std::string(entry.payload.data(), entry.payload.size())}};
    // A message may quote bytes that are not UTF-8; they are replaced, never a reason to throw.
    using nlohmann::ordered_json;
    const std::string text =
        object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
    line.append(text.data(), text.data() + text.size());
  }

  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }

 private:
  std::unique_ptr<spdlog::formatter> time_ = pattern(kTime, "");
};

Result<spdlog::level::level_enum> parse_level(const std::string& level) {
  static const std::map<std::string, spdlog::level::level_enum> kLevels = {
      {"debug", spdlog::level::debug},
      {"info", spdlog::level::info},
      {"warn", spdlog::level::warn},
      {"error", spdlog::level::err}};
  const auto found = kLevels.find(level);
  if (found != kLevels.end()) return found->second;
  return fail("set log level '" + level + "': unknown; use debug, info, warn or error");
}

}  // namespace

Result<std::shared_ptr<spdlog::logger>> make_logger(std::ostream& out, const std::string& level,
                                                    const std::string& format) {
  const auto parsed = parse_level(level);
  if (!parsed) return tl::unexpected(parsed.error());
  std::unique_ptr<spdlog::formatter> formatter;
  if (format == "text") formatter = pattern(std::string(kTime) + " %l %v", "\n");
  if (format == "json") formatter = std::make_unique<JsonFormatter>();
  if (!formatter) return fail("set log format '" + format + "': unknown; use text or json");

  // Not spdlog::create(): that enters a global registry, and two speakers in one test would meet
  // there.
  auto logger = std::make_shared<spdlog::logger>(
      "isat", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  logger->set_level(*parsed);
  logger->set_formatter(std::move(formatter));
  logger->flush_on(spdlog::level::trace);
  return logger;
}

}  // namespace isat
