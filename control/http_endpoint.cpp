// SPDX-License-Identifier: Apache-2.0
// Serves /metrics, /healthz and /readyz.
#include "control/http_endpoint.h"

#include <httplib.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <semaphore>
#include <thread>
#include <utility>

#include "control/loop_questions.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 1s;
constexpr std::size_t kThreads = 4;
constexpr std::ptrdiff_t kConnections = 8;  // being served, or waiting for a thread

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostPort> parse_listen(const std::string& listen) {
  const auto wrong = [&listen] {
    return fail("listen on '" + listen +
                "': not HOST:PORT; write metrics.listen as 127.0.0.1:7471 or [::1]:7471");
  };
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) return wrong();
  HostPort parsed{listen.substr(0, colon), 0};
  const bool bracketed = parsed.host.front() == '[' && parsed.host.back() == ']';
  if (bracketed) parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
  if (parsed.host.empty() || (!bracketed && parsed.host.find(':') != std::string::npos)) {
    return wrong();
  }
  const char* end = listen.data() + listen.size();
  const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, parsed.port);
  if (error != std::errc() || stop != end) return wrong();
  return parsed;
}

// The library queues connections without limit, and each queued one holds a descriptor. This blocks
// the accepting thread instead, so that the rest waits in the kernel's small backlog.
class BoundedQueue final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> serve) override {
    room_.acquire();
    pool_.enqueue([this, serve = std::move(serve)] {
      serve();
      room_.release();
    });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  std::counting_semaphore<> room_{kConnections};
  httplib::ThreadPool pool_{kThreads};
};

// The library asks for SO_REUSEPORT, with which a second speaker would bind the same port in
// silence and take every other scrape.
void socket_options(int socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

class HttpEndpoint::Server {
 public:
  Server(asio::io_context& loop, Sources sources) : questions_(loop), sources_(std::move(sources)) {
    limit();
    route();
  }

  Result<void> start(const std::string& listen) {
    const auto target = parse_listen(listen);
    if (!target) return tl::unexpected(target.error());
    errno = 0;
    const int bound = target->port == 0 ? http_.bind_to_any_port(target->host)
                      : http_.bind_to_port(target->host, target->port) ? target->port
                                                                       : -1;
    if (bound <= 0) {
      const int code = errno;  // a name that does not resolve leaves it alone
      const std::string cause = code == 0 ? "no such host" : std::system_category().message(code);
      return fail("listen on " + listen + ": " + cause +
                      "; set metrics.listen to a free address of this machine",
                  code);
    }
    port_ = static_cast<std::uint16_t>(bound);
    thread_ = std::thread([this] {
      http_.listen_after_bind();
      ended_ = true;
    });
    // The library ignores a stop() that comes before its loop runs, and would then never end.
    while (!http_.is_running() && !ended_) std::this_thread::sleep_for(1ms);
    return {};
  }

  void stop() {
    questions_.close();
    http_.stop();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void limit() {
    http_.new_task_queue = [] { return new BoundedQueue; };  // the library deletes it
    http_.set_socket_options(socket_options);
    // One request a connection: an idle one would hold a thread that a probe needs.
    http_.set_keep_alive_max_count(1);
    http_.set_read_timeout(2s);
    http_.set_write_timeout(2s);
  }

  void route() {
    http_.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      if (request.method == "GET" || request.method == "HEAD") {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
      return httplib::Server::HandlerResponse::Handled;
    });
    serve("/metrics", "text/plain; version=0.0.4; charset=utf-8", [this] {
      return EndpointReply{200, sources_.metrics()};
    });
    serve("/healthz", "text/plain", [] { return EndpointReply{200, "ok\n"}; });
    serve("/readyz", "text/plain", [this] {
      const auto ready = sources_.readiness();
      return ready ? EndpointReply{200, "ok\n"} : EndpointReply{503, ready.error().message + "\n"};
    });
  }

  void serve(const char* path, const char* type, std::function<EndpointReply()> question) {
    http_.Get(path, [this, type, question = std::move(question)](const httplib::Request&,
                                                                 httplib::Response& response) {
      const auto reply = questions_.ask(question, kPatience);
      response.status = reply ? reply->status : 503;
      if (reply) {
        response.set_content(reply->body, type);
      } else {
        response.set_content("loop is not responding\n", "text/plain");
      }
    });
  }

  LoopQuestions questions_;
  Sources sources_;
  httplib::Server http_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

Result<std::unique_ptr<HttpEndpoint>> HttpEndpoint::open(asio::io_context& loop,
                                                         const std::string& listen,
                                                         Sources sources) {
  auto server = std::make_unique<Server>(loop, std::move(sources));
  if (const auto started = server->start(listen); !started) {
    return tl::unexpected(started.error());
  }
  return std::unique_ptr<HttpEndpoint>(new HttpEndpoint(std::move(server)));
}

HttpEndpoint::HttpEndpoint(std::unique_ptr<Server> server) : server_(std::move(server)) {}

HttpEndpoint::~HttpEndpoint() {
  stop();
}

void HttpEndpoint::stop() {
  server_->stop();
}

std::uint16_t HttpEndpoint::port() const {
  return server_->port();
}

}  // namespace isat
