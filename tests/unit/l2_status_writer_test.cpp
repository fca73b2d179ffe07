// SPDX-License-Identifier: Apache-2.0
// The writer of ServiceL2Status objects and Events, against an API that refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "control/cluster_reports.h"
#include "scripted_server.h"

namespace isat {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr auto kStatuses = "/apis/metallb.io/v1beta1/namespaces/isat-system/servicel2statuses";

class L2StatusWriterTest : public testing::Test {
 protected:
  L2StatusWriterTest() {
    setenv("no_proxy", "*", 1);
    ClusterAccess access;
    access.server = server_.url();
    reports_.emplace(
        loop_, access, L2StatusSettings{"here", "isat-system"}, [] { return 0.0; },
        [this] { return holdings_; },
        std::make_shared<spdlog::logger>("test",
                                         std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
    reports_->start();
  }

  // A small API: what is created is listed, and told to whoever watches.
  void answer(const PlainServer::Connection& connection, const ScriptedRequest& request) {
    ++asked_[request.method];
    if (refused_ == request.method) {
      connection->send(http_answer(403, R"({"message": "forbidden"})"));
    } else if (request.asks("watch=")) {
      watch_ = connection;
      connection->send(kStreamHead);
    } else if (request.method == "GET" && request.asks(kStatuses)) {
      connection->send(http_answer(
          200, json{{"metadata", {{"resourceVersion", "1"}}}, {"items", items_}}.dump()));
    } else if (request.method == "GET") {
      connection->send(http_answer(200, R"({"metadata": {"uid": "uid-1"}})"));
    } else if (request.asks("/events")) {
      events_.push_back(json::parse(request.body));
      connection->send(http_answer(201, "{}"));
    } else {
      connection->send(http_answer(200, written(request).dump()));
    }
  }

  json written(const ScriptedRequest& request) {
    if (request.method == "DELETE") {
      tell("DELETED");
      return json::object();
    }
    auto change = json::parse(request.body);
    if (request.method == "POST")
      object_ = std::move(change);
    else
      object_.merge_patch(change);
    object_["metadata"]["name"] = "l2-1";
    object_["metadata"]["resourceVersion"] = std::to_string(++version_);
    tell(request.method == "POST" ? "ADDED" : "MODIFIED");
    return object_;
  }

  void tell(const std::string& type) {
    if (blind_ || !watch_) return;
    watch_->send(stream_piece(json{{"type", type}, {"object", object_}}.dump() + "\n"));
  }

  [[nodiscard]] bool run_for_write(const std::string& method) {
    asked_[method] = 0;
    return run_until(loop_, [&] { return asked_[method] > 0; });
  }

  asio::io_context loop_;
  std::ostringstream log_;
  std::optional<Holdings> holdings_ = Holdings{{"n/web", {}}};
  std::string refused_;
  bool blind_ = false;  // the watch shows nothing
  json items_ = json::array();
  json object_;
  int version_ = 1;
  std::map<std::string, int> asked_;
  std::vector<json> events_;
  PlainServer::Connection watch_;
  PlainServer server_{
      loop_, [this](const auto& connection, const auto& request) { answer(connection, request); }};
  std::optional<ClusterReports> reports_;
};

TEST_F(L2StatusWriterTest, WritesTheObjectItsStatusAndOneEventOnce) {
  ASSERT_TRUE(run_until(loop_, [&] { return asked_["PATCH"] > 0 && !events_.empty(); }));
  EXPECT_EQ(object_["status"]["node"], "here");
  EXPECT_EQ(events_[0]["reason"], "nodeAssigned");
  EXPECT_EQ(events_[0]["involvedObject"]["uid"], "uid-1");
  for (int again = 0; again < 3; ++again) {
    reports_->review();
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(300));
  }
  EXPECT_EQ(asked_["POST"], 2) << "one object, one Event";
  EXPECT_EQ(asked_["PATCH"], 1);
  EXPECT_EQ(reports_->troubles().size(), 0U);
  // And takes it back.
  holdings_ = Holdings{};
  reports_->review();
  EXPECT_TRUE(run_for_write("DELETE"));
}

TEST_F(L2StatusWriterTest, SaysNothingWhileItIsNotKnownWhatIsHeld) {
  holdings_ = std::nullopt;
  ASSERT_TRUE(run_until(loop_, [&] { return watch_ != nullptr; }));
  reports_->review();
  loop_.restart();
  loop_.run_for(std::chrono::milliseconds(500));
  EXPECT_EQ(asked_["POST"], 0);
}

TEST_F(L2StatusWriterTest, ARightThatIsMissingIsOneLineATroubleAndTriedAgain) {
  refused_ = "PATCH";
  ASSERT_TRUE(run_for_write("PATCH"));
  ASSERT_TRUE(run_for_write("PATCH")) << "tried again";
  const auto troubles = reports_->troubles();
  ASSERT_TRUE(troubles.contains("ServiceL2Status"));
  EXPECT_THAT(troubles.at("ServiceL2Status"),
              HasSubstr("grant patch on servicel2statuses/status to this account"));
  const auto log = log_.str();
  EXPECT_EQ(log.find("grant patch"), log.rfind("grant patch")) << log;
  refused_.clear();
  ASSERT_TRUE(run_until(loop_, [&] { return reports_->troubles().empty(); }));
  EXPECT_EQ(object_["status"]["node"], "here");
}

TEST_F(L2StatusWriterTest, EventsThatAreRefusedHoldUpNoObject) {
  refused_ = "POST";
  ASSERT_TRUE(run_until(loop_, [&] { return reports_->troubles().contains("Events"); }));
  EXPECT_THAT(reports_->troubles().at("Events"), HasSubstr("grant create on events"));
  refused_.clear();
  ASSERT_TRUE(run_until(loop_, [&] { return reports_->troubles().empty(); }));
  EXPECT_EQ(events_.size(), 1U);
}

TEST_F(L2StatusWriterTest, WhatEveryNodeFindsHasOneNameAndAChangeItsOwn) {
  holdings_ = Holdings{};
  ApiEvent event{
      {"v1", "Pool", "n", "lan", "uid-2"}, ApiEvent::Type::kWarning, "Bad", "text", true};
  reports_->events().report(event);
  reports_->events().report(event);
  event.shared = false;
  reports_->events().report(event);
  reports_->events().report(event);
  ASSERT_TRUE(run_until(loop_, [&] { return events_.size() == 4; }));
  const auto name = [this](std::size_t number) { return events_[number]["metadata"]["name"]; };
  EXPECT_EQ(name(0), name(1));
  EXPECT_NE(name(1), name(2));
  EXPECT_NE(name(2), name(3));
}

TEST_F(L2StatusWriterTest, AWatchThatShowsNothingIsNotWaitedForForEver) {
  blind_ = true;
  ASSERT_TRUE(run_for_write("POST"));
  asked_["POST"] = 0;
  // Two more: by then the first must have been given up on.
  ASSERT_TRUE(run_until(loop_, [&] { return asked_["POST"] >= 2; }));
}

TEST_F(L2StatusWriterTest, WhatAnotherNodeLeftIsRemovedAndWhatWeToldIsNotToldAgain) {
  const ServiceL2Status ours{"", "here", "n/web", {}};
  const ServiceL2Status theirs{"", "there", "n/web", {}};
  for (const auto& [name, status] : {std::pair{"l2-1", ours}, std::pair{"l2-2", theirs}}) {
    auto object = new_status_json(status, "isat-system", {});
    object.merge_patch(status_patch_json(status));
    object["metadata"]["name"] = name;
    items_.push_back(object);
  }
  ASSERT_TRUE(run_for_write("DELETE"));
  EXPECT_TRUE(server_.requests().back().asks("/l2-2"));
  loop_.restart();
  loop_.run_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(events_.empty());
}

}  // namespace
}  // namespace isat
