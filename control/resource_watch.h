// SPDX-License-Identifier: Apache-2.0
// Follows one collection of the Kubernetes API: lists it, then watches it, for ever.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "control/cluster_access.h"
#include "control/http_client.h"
#include "control/jittered_backoff.h"
#include "control/one_shot_timer.h"
#include "control/watch_stream.h"

namespace isat {

struct ResourceWatchSettings {
  std::string path;      // of the collection: "/api/v1/services"
  std::string resource;  // its name in RBAC: "services"
  int page = 500;        // objects in a page of a list
  // The server ends each watch after a time drawn from this range, so that the watches of a fleet
  // drift apart.
  std::chrono::seconds watch_least{240};
  std::chrono::seconds watch_most{360};
  std::chrono::seconds watch_grace{30};  // past that time, a watch that has not ended is stalled
  std::chrono::milliseconds page_timeout{
      70'000};  // the API itself gives up on a request after 60 s
  std::chrono::milliseconds watch_open{
      15'000};  // a watch whose answer has not begun by then has failed
  // A watch that has stood for so long counts as re-established.
  std::chrono::milliseconds settle{1'000};
  std::chrono::milliseconds backoff_base{200};
  std::chrono::milliseconds backoff_cap{10'000};
  // How often a collection is asked for again that the API does not have.
  std::chrono::milliseconds absent_pause{10'000};
};

// Failures are retried for ever. At once, without a word, if they are part of a normal life (the
// server ended the watch, 410, a token was rotated) and the watch has settled since the last such;
// otherwise after a jittered back-off, or what the server's Retry-After asks for.
class ResourceWatch {
 public:
  // On the loop's thread, never from inside start() or stop(). They may call stop().
  struct Handlers {
    // A whole list: what is not told between begin_list and end_list does not exist. A begin_list
    // without an end_list before it drops the unfinished list.
    std::function<void()> begin_list;
    std::function<void(const nlohmann::json& object)> list;
    std::function<void()> end_list;
    std::function<void(const nlohmann::json& object)> changed;
    std::function<void(const nlohmann::json& object)> deleted;
    // The API has no such collection (yet); told at every try. Without this handler that is a
    // failure as any other.
    std::function<void()> absent{};
    // The view is lost (false, with a cause: operation, URL, reason, mend), told again only when
    // the cause is another; or regained (true) after it was lost.
    std::function<void(bool in_touch, const std::string& cause)> in_touch;
  };

  ResourceWatch(asio::io_context& loop, HttpClient& client, ClusterAccess access,
                ResourceWatchSettings settings, Random random, Handlers handlers);
  ~ResourceWatch() { stop(); }
  ResourceWatch(const ResourceWatch&) = delete;
  ResourceWatch& operator=(const ResourceWatch&) = delete;

  void start();
  void stop();  // no handler runs afterwards

  // How often it began anew: after the normal end of a watch, and after a failure.
  struct Restarts {
    std::uint64_t normal = 0;
    std::uint64_t failed = 0;
  };
  [[nodiscard]] const Restarts& restarts() const { return restarts_; }

 private:
  // Why a step did not go on.
  struct Setback {
    std::string cause;
    bool normal = false;  // may be retried at once
    std::chrono::seconds retry_after{0};
  };

  void proceed();
  void list(const std::string& token);
  void take_page(const Result<HttpReply>& reply);
  [[nodiscard]] nlohmann::json tell_page(const std::string& body);
  void watch(const std::string& token);
  void take_piece(std::string_view piece);
  bool take_event(const WatchEvent& event);
  void end_watch(const Result<HttpReply>& reply);

  [[nodiscard]] bool is_absent(const HttpReply& reply) const;
  void absent();
  [[nodiscard]] Setback refused(const HttpReply& reply) const;
  [[nodiscard]] bool token_rotated() const;
  void relist() { version_.clear(), continue_.clear(); }
  void retry(const Setback& setback);
  void settled();
  void drop_exchange();

  HttpClient& client_;
  ClusterAccess access_;
  ResourceWatchSettings settings_;
  Random random_;
  Handlers handlers_;
  JitteredBackoff backoff_;
  OneShotTimer retry_timer_;
  OneShotTimer watch_timer_;  // until the watch has opened, then until it has settled

  bool running_ = false;
  const char* step_ = "list";  // what is under way, as errors name it
  std::string version_;        // of the view told; empty = there must be a list first
  std::string continue_;       // of the list under way
  std::string token_;          // sent with the last request
  std::optional<HttpClient::Id> exchange_;
  WatchStream stream_;
  Restarts restarts_;
  bool retried_at_once_ = false;  // since the watch last settled
  std::string lost_cause_;        // as told; empty = in touch
};

}  // namespace isat
