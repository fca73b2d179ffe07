// SPDX-License-Identifier: Apache-2.0
// Serves /metrics, /healthz and /readyz over HTTP, for Prometheus and the kubelet.
#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "dataplane/result.h"

namespace isat {

// The server has threads of its own, but state belongs to the loop: a request posts its question to
// the loop and waits at most a second for the answer, then says 503. So /healthz fails exactly when
// the loop hangs, and nothing the speaker holds needs a lock. Four requests at a time are served; a
// client that drips its request byte by byte holds one of them, so listen where only the cluster's
// own can connect.
class HttpEndpoint {
 public:
  // Called on the loop's thread, never after stop().
  struct Sources {
    std::function<std::string()> metrics;     // in Prometheus' text format
    std::function<Result<void>()> readiness;  // the error says in one line what is missing
  };

  // `listen` is HOST:PORT; HOST may be a name, an IPv4 address or an IPv6 address in brackets, port
  // 0 takes a free one. Requests are taken when this returns, and answered as soon as `loop` runs.
  // `loop` outlives the endpoint.
  [[nodiscard]] static Result<std::unique_ptr<HttpEndpoint>> open(asio::io_context& loop,
                                                                  const std::string& listen,
                                                                  Sources sources);
  ~HttpEndpoint();  // stops
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;

  // Idempotent. On the loop's thread: refuses waiting requests, closes the socket, joins the
  // threads. A client in the middle of its request can hold this up for as long as one read may
  // take (2 s).
  void stop();

  [[nodiscard]] std::uint16_t port() const;

 private:
  class Server;
  explicit HttpEndpoint(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
};

}  // namespace isat
