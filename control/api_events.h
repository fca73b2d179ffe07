// SPDX-License-Identifier: Apache-2.0
// Writes Events of the Kubernetes API, one after the other, at a pace the API does not feel.
#pragma once

#include <spdlog/logger.h>

#include <asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "control/api_reporter.h"
#include "control/api_writer.h"
#include "control/jittered_backoff.h"
#include "control/one_shot_timer.h"

namespace isat {

class ApiEvents final : public ApiReporter {
 public:
  // `node`: who says so. `writer` outlives this.
  ApiEvents(asio::io_context& loop, ApiWriter& writer, std::string node, Random random,
            std::shared_ptr<spdlog::logger> log);

  // The uid of a Service may be left out: it is asked for.
  void report(const ApiEvent& event) override;
  void stop() { timer_.cancel(); }

  // Why the last could not be written; empty = it was.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct Pending {
    ApiEvent event{};
    std::string name{};  // ours to choose: written twice it is there once
    std::string time{};
    int tries = 0;
  };

  void proceed();
  void find_uid();
  void write();
  void answered(const ApiAnswer& answer);
  void failed(const std::string& cause);
  void rest(std::chrono::milliseconds pause);
  [[nodiscard]] nlohmann::json event_json() const;  // of the one under way

  ApiWriter& writer_;
  std::string node_;
  std::shared_ptr<spdlog::logger> log_;
  JitteredBackoff backoff_;
  std::deque<Pending> pending_;
  Pending under_way_;
  bool busy_ = false;  // with the one under way, or resting after it
  std::int64_t last_number_ = 0;
  std::string trouble_;
  OneShotTimer timer_;
};

}  // namespace isat
