// SPDX-License-Identifier: Apache-2.0
// HTTP over TLS on the asio loop: one exchange at a time or many, whole answers or streams.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/tls_material.h"
#include "dataplane/result.h"

namespace isat {

enum class HttpMethod { kGet, kPost, kPut, kPatch, kDelete };

struct HttpRequest {
  std::string url;                                           // without a query
  std::vector<std::pair<std::string, std::string>> query{};  // names and values, not yet escaped
  std::string bearer_token{};                                // empty = none
  TlsMaterial tls{};
  // For the whole exchange. A peer that vanished is found sooner, by TCP's own probes.
  std::chrono::milliseconds timeout{60'000};
  std::size_t body_limit = std::size_t{64} << 20;  // bytes; a longer answer is an error
  HttpMethod method = HttpMethod::kGet;
  std::string body{};  // sent with its content type unless it is empty
  std::string content_type = "application/json";
};

struct HttpReply {
  long status = 0;
  std::string body;                     // empty if it was streamed
  std::chrono::seconds retry_after{0};  // 0 = the server named none
};

class HttpClient {
 public:
  using Id = std::uint64_t;

  struct Handlers {
    // Both may be left out. With `data`, the body of a 200 is streamed to it in pieces as they
    // come, without a limit to their sum; every other status is still collected into the reply.
    std::function<void()> opened;  // the headers of a 200 have come
    std::function<void(std::string_view)> data;
    // Last, and once. The error names what failed and, where a person must act, the mend.
    std::function<void(Result<HttpReply>)> done;
  };

  explicit HttpClient(asio::io_context& loop);
  ~HttpClient();  // cancels everything; must not run inside a handler
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Handlers run on the loop's thread, never from inside send() or cancel(). They may call both.
  // A request may reach the server twice, when a connection that was kept dies under it: writes
  // must be such that the second does no harm.
  Id send(const HttpRequest& request, Handlers handlers);
  // No handler of this exchange runs afterwards. A finished or unknown one is no error.
  void cancel(Id id);

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace isat
