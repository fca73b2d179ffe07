// SPDX-License-Identifier: Apache-2.0
// The HTTP endpoint, asked by a real client over loopback.
#include "control/http_endpoint.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <future>
#include <thread>

namespace isat {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class HttpEndpointTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = open("127.0.0.1:0");
    ASSERT_TRUE(opened) << opened.error().message;
    endpoint = std::move(*opened);
  }

  void TearDown() override {
    on_loop([this] { endpoint.reset(); });
    work.reset();
    thread.join();
  }

  Result<std::unique_ptr<HttpEndpoint>> open(const std::string& listen) {
    return HttpEndpoint::open(loop, listen,
                              {[this] {
                                 metrics_thread = std::this_thread::get_id();
                                 return std::string("isat_announcements 1\n");
                               },
                               [this] { return readiness; }});
  }

  template <typename Function>
  void on_loop(Function function) {
    std::promise<void> done;
    asio::post(loop, [&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  httplib::Result get(const char* path) const {
    httplib::Client client("127.0.0.1", endpoint->port());
    return client.Get(path);
  }

  asio::io_context loop;
  asio::executor_work_guard<asio::io_context::executor_type> work{loop.get_executor()};
  std::thread thread{[this] { loop.run(); }};
  Result<void> readiness;
  std::thread::id metrics_thread;
  std::unique_ptr<HttpEndpoint> endpoint;
};

TEST_F(HttpEndpointTest, MetricsAreRenderedOnTheLoop) {
  const auto response = get("/metrics");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "isat_announcements 1\n");
  EXPECT_EQ(response->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(metrics_thread, thread.get_id());
}

TEST_F(HttpEndpointTest, ReadinessSaysWhatIsMissing) {
  EXPECT_EQ(get("/readyz")->status, 200);
  on_loop([this] { readiness = fail("no view of the assignments yet"); });
  const auto response = get("/readyz");
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "no view of the assignments yet\n");
  EXPECT_EQ(get("/healthz")->status, 200);
}

TEST_F(HttpEndpointTest, HungLoopFailsHealthInASecond) {
  std::promise<void> release;
  asio::post(loop, [&release] { release.get_future().wait(); });
  const auto asked = std::chrono::steady_clock::now();
  const auto response = get("/healthz");
  const auto took = std::chrono::steady_clock::now() - asked;
  release.set_value();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "loop is not responding\n");
  EXPECT_GE(took, 1s);
  EXPECT_LT(took, 2s);
}

// Joining from the loop while a request waits for the loop must not wait for the second to pass.
TEST_F(HttpEndpointTest, StopSendsWaitingRequestsAway) {
  std::promise<void> busy;
  std::future<httplib::Result> waiting;
  std::chrono::steady_clock::duration took{};
  asio::post(loop, [&] {
    waiting = std::async(std::launch::async, [this] { return get("/healthz"); });
    std::this_thread::sleep_for(200ms);
    const auto begun = std::chrono::steady_clock::now();
    endpoint->stop();
    took = std::chrono::steady_clock::now() - begun;
    busy.set_value();
  });
  busy.get_future().wait();
  const auto response = waiting.get();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_LT(took, 700ms);
}

TEST_F(HttpEndpointTest, NothingAnswersAfterStop) {
  const auto port = endpoint->port();
  on_loop([this] { endpoint->stop(); });
  on_loop([this] { endpoint->stop(); });
  EXPECT_FALSE(httplib::Client("127.0.0.1", port).Get("/healthz"));
}

TEST_F(HttpEndpointTest, OnlyGetIsAllowed) {
  httplib::Client client("127.0.0.1", endpoint->port());
  const auto response = client.Post("/metrics", "x=1", "text/plain");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 405);
  EXPECT_EQ(response->get_header_value("Allow"), "GET, HEAD");
  EXPECT_EQ(get("/elsewhere")->status, 404);
}

TEST_F(HttpEndpointTest, IdleConnectionsDoNotStarveAProbe) {
  std::vector<std::unique_ptr<httplib::Client>> idle;
  for (int i = 0; i < 8; ++i) {
    idle.push_back(std::make_unique<httplib::Client>("127.0.0.1", endpoint->port()));
    idle.back()->set_keep_alive(true);
    ASSERT_TRUE(idle.back()->Get("/healthz"));
  }
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(get("/healthz")->status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
}

TEST_F(HttpEndpointTest, TakenPortNamesAddressAndMend) {
  const auto listen = "127.0.0.1:" + std::to_string(endpoint->port());
  const auto second = open(listen);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            "listen on " + listen +
                ": Address already in use; set metrics.listen to a free address of this machine");
}

TEST_F(HttpEndpointTest, UnusableAddressesAreRefused) {
  for (const char* listen : {"", "7472", ":7472", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                             "127.0.0.1:7472x", "::1:7472", "[]:7472"}) {
    const auto opened = open(listen);
    ASSERT_FALSE(opened) << listen;
    EXPECT_THAT(opened.error().message, HasSubstr("not HOST:PORT; write metrics.listen as"));
  }
  EXPECT_THAT(open("192.0.2.1:0").error().message, HasSubstr("Cannot assign requested address"));
}

TEST_F(HttpEndpointTest, Ipv6InBrackets) {
  auto opened = open("[::1]:0");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(httplib::Client("::1", (*opened)->port()).Get("/healthz")->status, 200);
  on_loop([&opened] { opened->reset(); });
}

}  // namespace
}  // namespace isat
