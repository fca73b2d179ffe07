// SPDX-License-Identifier: Apache-2.0
// Listing and watching, against an API server with bad manners.
#include "control/resource_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scripted_server.h"

namespace isat {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

json object(const std::string& name, const std::string& version = "1") {
  return {{"metadata", {{"name", name}, {"resourceVersion", version}}}};
}

std::string page(const std::vector<std::string>& names, const std::string& version,
                 const std::string& next = "") {
  json items = json::array();
  for (const auto& name : names) items.push_back(object(name));
  return http_answer(
      200, json{{"metadata", {{"resourceVersion", version}, {"continue", next}}}, {"items", items}}
               .dump());
}

std::string event(const std::string& type, const json& subject) {
  return json{{"type", type}, {"object", subject}}.dump() + "\n";
}

std::string status(int code, const std::string& message) {
  return http_answer(code, json{{"kind", "Status"}, {"code", code}, {"message", message}}.dump());
}

class ResourceWatchTest : public testing::Test {
 protected:
  using Connection = PlainServer::Connection;
  using Step = std::function<void(const Connection&, const ScriptedRequest&)>;

  ResourceWatchTest() {
    setenv("no_proxy", "*", 1);
    settings_.path = "/api/v1/things";
    settings_.resource = "things";
    settings_.settle = milliseconds(30);
    settings_.backoff_base = milliseconds(2);
    settings_.backoff_cap = milliseconds(20);
    access_.server = server_.url();
  }

  // Each request is answered by the next step; past the last, by silence.
  void script(std::vector<Step> steps) { steps_ = std::move(steps); }
  static Step says(const std::string& bytes) {
    return
        [bytes](const Connection& connection, const ScriptedRequest&) { connection->send(bytes); };
  }
  // A watch that stays open.
  static Step streams(const std::string& events = "") {
    return says(kStreamHead + (events.empty() ? "" : stream_piece(events)));
  }
  static Step streams_and_ends(const std::string& events = "") {
    return says(kStreamHead + (events.empty() ? "" : stream_piece(events)) + kStreamEnd);
  }

  // Starts the watch at the first call.
  [[nodiscard]] bool run_to(const std::function<bool()>& done) {
    if (!watch_) {
      watch_.emplace(
          loop_, client_, access_, settings_, [this] { return random_; }, handlers());
      watch_->start();
      EXPECT_TRUE(told_.empty()) << "told from inside start()";
    }
    return run_until(loop_, done);
  }
  [[nodiscard]] bool run_to(const std::string& told) {
    return run_to([&] { return std::find(told_.begin(), told_.end(), told) != told_.end(); });
  }
  [[nodiscard]] bool run_to_requests(std::size_t count) {
    return run_to([&] { return server_.requests().size() >= count; });
  }

  ResourceWatch::Handlers handlers() {
    const auto name = [](const json& subject) {
      return subject["metadata"]["name"].get<std::string>();
    };
    ResourceWatch::Handlers handlers;
    handlers.begin_list = [this] { told_.emplace_back("["); };
    handlers.list = [this, name](const json& subject) {
      told_.push_back(name(subject));
      if (on_list_) on_list_(subject);
    };
    handlers.end_list = [this] { told_.emplace_back("]"); };
    handlers.changed = [this, name](const json& subject) { told_.push_back("+" + name(subject)); };
    handlers.deleted = [this, name](const json& subject) { told_.push_back("-" + name(subject)); };
    handlers.in_touch = [this](bool in_touch, const std::string& cause) {
      told_.push_back(in_touch ? "in touch" : cause);
    };
    if (absent_may_be_) handlers.absent = [this] { told_.emplace_back("absent"); };
    return handlers;
  }
  [[nodiscard]] std::string asked(std::size_t number) const {
    return server_.requests().at(number).target;
  }
  [[nodiscard]] std::string url() const { return server_.url() + "/api/v1/things"; }

  asio::io_context loop_;
  std::vector<Step> steps_;
  std::size_t step_ = 0;
  PlainServer server_{loop_, [this](const Connection& connection, const ScriptedRequest& request) {
                        if (step_ < steps_.size()) steps_[step_++](connection, request);
                      }};
  HttpClient client_{loop_};
  ClusterAccess access_;
  ResourceWatchSettings settings_;
  double random_ = 0.5;
  bool absent_may_be_ = false;
  std::function<void(const json&)> on_list_;
  std::vector<std::string> told_;
  std::optional<ResourceWatch> watch_;
};

TEST_F(ResourceWatchTest, ListsPageByPageThenWatchesFromThere) {
  script({says(page({"a", "b"}, "7", "next/=")), says(page({"c"}, "7")),
          streams(event("ADDED", object("d", "8")) + event("DELETED", object("a", "9")))});
  ASSERT_TRUE(run_to("-a"));
  EXPECT_THAT(told_, ElementsAre("[", "a", "b", "c", "]", "+d", "-a"));
  EXPECT_EQ(asked(0), "/api/v1/things?limit=500");
  EXPECT_EQ(asked(1), "/api/v1/things?limit=500&continue=next%2F%3D");
  EXPECT_EQ(asked(2),
            "/api/v1/things?watch=true&allowWatchBookmarks=true&resourceVersion=7"
            "&timeoutSeconds=300");
}

TEST_F(ResourceWatchTest, ResumesAtOnceFromTheLastVersionWhenTheServerEndsTheWatch) {
  // A pause, if there were one, would outlast the test.
  settings_.backoff_base = settings_.backoff_cap = std::chrono::minutes(1);
  script({says(page({}, "7")),
          [](const Connection& connection, const ScriptedRequest&) {
            connection->send(kStreamHead + stream_piece(event("MODIFIED", object("a", "8"))) +
                             stream_piece(event("BOOKMARK", object("", "20"))) + kStreamEnd);
          },
          streams(event("ADDED", object("b", "21")))});
  ASSERT_TRUE(run_to("+b"));
  EXPECT_THAT(told_, ElementsAre("[", "]", "+a", "+b"));
  EXPECT_THAT(asked(2), HasSubstr("resourceVersion=20&"));
}

TEST_F(ResourceWatchTest, AServerThatEndsEveryWatchAtOnceIsNotAskedInATightLoop) {
  std::vector<Step> steps{says(page({}, "7"))};
  steps.resize(1000, streams_and_ends());
  script(steps);
  ASSERT_TRUE(run_to_requests(4));
  loop_.restart();
  loop_.run_for(milliseconds(200));
  EXPECT_LT(server_.requests().size(), 30U);
  EXPECT_THAT(told_, ElementsAre("[", "]",
                                 "watch " + url() +
                                     ": the server ended the watch as soon as it had begun"));
}

TEST_F(ResourceWatchTest, A410ListsAgain) {
  script({says(page({"a", "b"}, "7")), says(status(410, "too old")), says(page({"b"}, "9")),
          streams(event("ADDED", object("c", "10")))});
  ASSERT_TRUE(run_to("+c"));
  EXPECT_THAT(told_, ElementsAre("[", "a", "b", "]", "[", "b", "]", "+c"));
  EXPECT_THAT(asked(3), HasSubstr("resourceVersion=9&"));
}

TEST_F(ResourceWatchTest, A410InsideTheWatchListsAgain) {
  script({says(page({"a"}, "7")),
          streams(event("ERROR", {{"kind", "Status"}, {"code", 410}, {"message", "too old"}})),
          says(page({}, "9")), streams(event("ADDED", object("c", "10")))});
  ASSERT_TRUE(run_to("+c"));
  EXPECT_THAT(told_, ElementsAre("[", "a", "]", "[", "]", "+c"));
}

TEST_F(ResourceWatchTest, A410AmongThePagesStartsTheListAgain) {
  script({says(page({"a"}, "7", "more")), says(status(410, "continue token expired")),
          says(page({"b"}, "8")), streams(event("ADDED", object("c", "9")))});
  ASSERT_TRUE(run_to("+c"));
  EXPECT_THAT(told_, ElementsAre("[", "a", "[", "b", "]", "+c"));
  EXPECT_EQ(asked(2), "/api/v1/things?limit=500");
}

TEST_F(ResourceWatchTest, ABurstOf500sIsToldOnceAndLivedThrough) {
  script({says(status(500, "etcd is away")), says(status(500, "etcd is away")),
          says(status(500, "etcd is away")), says(page({"a"}, "7", "more")),
          says(status(500, "etcd is away")), says(page({"b"}, "7")), says(status(503, "not yet")),
          streams()});
  ASSERT_TRUE(run_to("in touch"));
  // The page that failed is asked for again, not the whole list.
  EXPECT_THAT(told_, ElementsAre("list " + url() + ": HTTP 500: etcd is away", "[", "a", "b", "]",
                                 "watch " + url() + ": HTTP 503: not yet", "in touch"));
  EXPECT_THAT(asked(5), HasSubstr("continue=more"));
}

TEST_F(ResourceWatchTest, WaitsAsLongAsRetryAfterAsks) {
  script({says(http_answer(429, "", "Retry-After: 1\r\n")), says(page({"a"}, "7"))});
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_to("a"));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(950));
}

TEST_F(ResourceWatchTest, GarbageIsNotBelieved) {
  script({says(http_answer(200, "<html>")), says(http_answer(200, "{\"items\": []}")),
          says(http_answer(200, R"({"metadata": {"resourceVersion": "1"}, "items": 7})")),
          says(http_answer(200, R"({"metadata": {}, "items": [{"metadata": {"name": "x"}}, )")),
          says(page({"a"}, "7")), streams("garbage\n"), says(page({"a"}, "8")),
          streams(event("ADDED", json::object())), says(page({"a", "b"}, "9")), streams()});
  ASSERT_TRUE(run_to("in touch"));
  EXPECT_THAT(
      told_,
      ElementsAre("[", "list " + url() + ": the answer is not a list of the Kubernetes API", "[",
                  "[", "[", "x", "[", "a", "]", "watch " + url() + ": an event that is not JSON",
                  "[", "a", "]", "watch " + url() + ": an event without a resourceVersion", "[",
                  "a", "b", "]", "in touch"));
}

TEST_F(ResourceWatchTest, AnObjectIsToldWholeButForItsManagedFields) {
  json listed;
  const json wanted = {
      {"metadata", {{"name", "a"}}}, {"items", {{{"items", 1}}, 2}}, {"spec", {{"x", nullptr}}}};
  auto written = wanted;
  written["metadata"]["managedFields"] = {
      {{"manager", "kubectl"}, {"fieldsV1", {{"f:spec", json::object()}}}}};
  script({says(http_answer(
      200,
      json{{"metadata", {{"resourceVersion", "1"}}}, {"items", {written}}, {"other", {{{"a", 1}}}}}
          .dump()))});
  on_list_ = [&](const json& object) { listed = object; };
  ASSERT_TRUE(run_to("]"));
  EXPECT_EQ(listed, wanted);
  EXPECT_THAT(told_, ElementsAre("[", "a", "]"));
}

TEST_F(ResourceWatchTest, ACollectionThatTheApiDoesNotHaveIsAskedForAgain) {
  settings_.absent_pause = milliseconds(5);
  absent_may_be_ = true;
  script({says(http_answer(503, "")), says(http_answer(404, "404 page not found\n")),
          says(http_answer(404, "404 page not found\n")), says(http_answer(404, "<html>")),
          says(page({"a"}, "7")), streams(), says(page({"a"}, "7"))});
  ASSERT_TRUE(run_to("]"));
  EXPECT_THAT(told_, ElementsAre("list " + url() + ": HTTP 503", "in touch", "absent", "absent",
                                 HasSubstr("HTTP 404"), "[", "a", "]"));
}

TEST_F(ResourceWatchTest, ANullListIsAnEmptyOne) {
  script({says(http_answer(200, R"({"metadata": {"resourceVersion": "1"}, "items": null})"))});
  ASSERT_TRUE(run_to("]"));
  EXPECT_THAT(told_, ElementsAre("[", "]"));
}

TEST_F(ResourceWatchTest, AConnectionClosedHalfWayIsResumed) {
  const auto half = [](const Connection& connection, const ScriptedRequest&) {
    connection->send(kStreamHead + stream_piece(event("ADDED", object("a", "8")) + "{\"type"));
    connection->close();
  };
  script({says(page({}, "7")), half, streams(event("ADDED", object("b", "9")))});
  ASSERT_TRUE(run_to("+b"));
  EXPECT_THAT(told_, ElementsAre("[", "]", "+a",
                                 "watch " + url() +
                                     ": the connection was closed before the answer was complete",
                                 "+b"));
  EXPECT_THAT(asked(2), HasSubstr("resourceVersion=8&"));
}

TEST_F(ResourceWatchTest, AnEventCutOffByAnOrderlyEndIsNoEvent) {
  script({says(page({}, "7")), streams_and_ends("{\"type"), streams()});
  ASSERT_TRUE(run_to("in touch"));
  EXPECT_THAT(told_, Contains("watch " + url() + ": the server stopped in the middle of an event"));
}

TEST_F(ResourceWatchTest, AStalledListAndAStalledWatchAreGivenUp) {
  settings_.page_timeout = std::chrono::seconds(1);
  settings_.watch_open = std::chrono::seconds(0);
  settings_.watch_least = settings_.watch_most = std::chrono::seconds(1);
  settings_.watch_grace = std::chrono::seconds(0);
  script({says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), says(page({}, "7"))});
  ASSERT_TRUE(run_to("watch " + url() + ": no answer in time"));
  EXPECT_THAT(told_, ElementsAre("list " + url() + ": stalled: nothing more came in time", "[", "]",
                                 "watch " + url() + ": no answer in time"));
}

TEST_F(ResourceWatchTest, AWatchThatStallsAfterItHasOpenedIsGivenUpToo) {
  settings_.watch_least = settings_.watch_most = std::chrono::seconds(1);
  settings_.watch_grace = std::chrono::seconds(0);
  script({says(page({}, "7")), streams(), streams()});
  ASSERT_TRUE(run_to_requests(3));
  EXPECT_THAT(told_,
              ElementsAre("[", "]", "watch " + url() + ": stalled: nothing more came in time"));
  EXPECT_THAT(asked(1), HasSubstr("timeoutSeconds=1"));
}

TEST_F(ResourceWatchTest, ARotatedTokenIsTakenUpAtOnceAndAWrongOneIsNot) {
  const auto file =
      std::filesystem::temp_directory_path() / ("isat-token-" + std::to_string(getpid()));
  std::ofstream(file) << "old";
  access_.token_file = file;
  script({says(page({}, "7")),
          [&](const Connection& connection, const ScriptedRequest&) {
            std::ofstream(file) << "new";
            connection->send(status(401, "Unauthorized"));
          },
          streams(), says(status(401, "Unauthorized")), streams()});
  ASSERT_TRUE(run_to_requests(3));
  EXPECT_THAT(told_, ElementsAre("[", "]"));
  EXPECT_THAT(server_.requests()[1].headers, HasSubstr("Bearer old\r\n"));
  EXPECT_THAT(server_.requests()[2].headers, HasSubstr("Bearer new\r\n"));
  std::filesystem::remove(file);
}

TEST_F(ResourceWatchTest, SaysWhatMendsARefusal) {
  script({says(status(401, "Unauthorized")), says(status(403, "things is forbidden")),
          says(http_answer(404, "<html>"))});
  access_.token = "fixed";
  ASSERT_TRUE(run_to_requests(4));
  EXPECT_THAT(
      told_,
      ElementsAre(
          StartsWith("list " + url() + ": HTTP 401: Unauthorized; the token or client certificate"),
          "list " + url() +
              ": HTTP 403: things is forbidden; grant list and watch on things to this account",
          "list " + url() +
              ": HTTP 404; check that the server's address is that of a Kubernetes API"));
}

TEST_F(ResourceWatchTest, AServerThatIsAwayIsToldOnceAndFoundWhenItIsBack) {
  std::optional<PlainServer> other(std::in_place, loop_, nullptr);
  const auto port = other->port();
  access_.server = other->url();
  other.reset();
  ASSERT_TRUE(run_to([&] { return !told_.empty(); }));
  loop_.restart();
  loop_.run_for(milliseconds(100));
  const auto cause = "list " + access_.server +
                     "/api/v1/things: connect: Connection refused; is the server running, and is "
                     "this its address?";
  EXPECT_THAT(told_, ElementsAre(cause));
  const Step list = says(page({}, "7"));
  const Step stream = streams();
  other.emplace(
      loop_,
      [&](const Connection& connection, const ScriptedRequest& request) {
        (request.asks("watch=true") ? stream : list)(connection, request);
      },
      port);
  ASSERT_TRUE(run_to("in touch"));
  EXPECT_THAT(told_, ElementsAre(cause, "[", "]", "in touch"));
}

TEST_F(ResourceWatchTest, ATokenFileThatIsMissingIsWaitedFor) {
  const auto file =
      std::filesystem::temp_directory_path() / ("isat-token-" + std::to_string(getpid()));
  access_.token_file = file;
  script({says(page({}, "7"))});
  ASSERT_TRUE(run_to([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("list " + url() + ": token file " + file.string() +
                                 ": cannot read: No such file or directory"));
  std::ofstream(file) << "late";
  ASSERT_TRUE(run_to("]"));
  EXPECT_THAT(server_.requests().at(0).headers, HasSubstr("Bearer late\r\n"));
  std::filesystem::remove(file);
}

TEST_F(ResourceWatchTest, NothingIsToldAfterStopEvenFromInsideAHandler) {
  script({says(page({"a", "b"}, "7")), streams()});
  auto stopping = handlers();
  stopping.list = [this](const json&) {
    told_.emplace_back("stopped");
    watch_->stop();
  };
  watch_.emplace(
      loop_, client_, access_, settings_, [] { return 0.0; }, stopping);
  watch_->start();
  ASSERT_TRUE(run_to("stopped"));
  loop_.restart();
  loop_.run_for(milliseconds(100));
  EXPECT_THAT(told_, ElementsAre("[", "stopped"));
  EXPECT_EQ(server_.requests().size(), 1U);
  // It can be started again, from the beginning.
  script({});
  watch_->start();
  EXPECT_TRUE(run_to_requests(2));
  EXPECT_EQ(asked(1), "/api/v1/things?limit=500");
}

TEST_F(ResourceWatchTest, NothingIsToldAfterStopInTheMidstOfEvents) {
  script({says(page({}, "7")),
          streams(event("ADDED", object("a", "8")) + event("ADDED", object("b", "9")))});
  auto stopping = handlers();
  stopping.changed = [this](const json&) {
    told_.emplace_back("stopped");
    watch_->stop();
  };
  watch_.emplace(
      loop_, client_, access_, settings_, [] { return 0.0; }, stopping);
  watch_->start();
  ASSERT_TRUE(run_to("stopped"));
  loop_.restart();
  loop_.run_for(milliseconds(100));
  EXPECT_THAT(told_, ElementsAre("[", "]", "stopped"));
}

}  // namespace
}  // namespace isat
