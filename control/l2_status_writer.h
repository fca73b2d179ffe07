// SPDX-License-Identifier: Apache-2.0
// Keeps the ServiceL2Status objects of the API, and the Events of Services, at what this node
// holds. Nothing that answers waits for it.
#pragma once

#include <spdlog/logger.h>

#include <asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "control/api_writer.h"
#include "control/followed_collection.h"
#include "control/jittered_backoff.h"
#include "control/one_shot_timer.h"
#include "control/service_l2_status_json.h"

namespace isat {

struct L2StatusSettings {
  std::string node{};
  std::string namespace_name{};
  PodReference pod{};
  ResourceWatchSettings watch{};  // but for the collection itself
};

// The watch alone says which objects there are; what was written counts when it comes back there,
// so that a hand's change and our own are the same to it.
class L2StatusWriter {
 public:
  // Nothing: not known now, and nothing is to be said.
  using CurrentHoldings = std::function<std::optional<Holdings>()>;

  // `client` and `events` outlive this.
  L2StatusWriter(asio::io_context& loop, HttpClient& client, const ClusterAccess& access,
                 L2StatusSettings settings, const Random& random, CurrentHoldings holdings,
                 ApiReporter& events, std::shared_ptr<spdlog::logger> log);

  void start() { statuses_.start(); }
  void stop();
  // The holdings may be others. Cheap: of many calls in a row one pass comes.
  void review();

  // Why the objects are not as they should be; empty when they are, or when nobody wants them.
  [[nodiscard]] const std::string& trouble() const;

 private:
  [[nodiscard]] ResourceWatchSettings collection() const;
  void judge_after(std::chrono::milliseconds pause);
  void judge();
  void tell_events(const Holdings& holdings);
  void plan(const Holdings& holdings);
  void write_next();
  void answered(const ApiWrite& write, const ApiAnswer& answer);
  void written();
  void saw(const std::string& name);
  void tell_loss();

  L2StatusSettings settings_;
  std::string path_;
  CurrentHoldings holdings_;
  ApiReporter& events_;
  std::shared_ptr<spdlog::logger> log_;
  ApiWriter writer_;
  JitteredBackoff backoff_;

  std::map<std::string, ServiceL2Status> known_;  // by name
  std::optional<Holdings> told_;                  // by Events; nothing = not yet looked
  std::deque<ApiWrite> writes_;
  std::map<std::string, std::string>
      awaited_;  // name → version the watch has yet to show; "" = gone
  int waits_ = 0;
  bool busy_ = false;  // judge() will be called
  std::string trouble_;
  std::string told_loss_;
  OneShotTimer timer_;
  FollowedCollection statuses_;
};

}  // namespace isat
