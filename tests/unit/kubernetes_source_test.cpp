// SPDX-License-Identifier: Apache-2.0
// The Kubernetes source as the speaker sees it: differences, and being in touch.
#include "control/kubernetes_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "scripted_server.h"

namespace isat {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json service(const std::string& name, const std::string& ip, int version = 1) {
  return {{"metadata",
           {{"namespace", "n"}, {"name", name}, {"resourceVersion", std::to_string(version)}}},
          {"spec", {{"type", "LoadBalancer"}}},
          {"status", {{"loadBalancer", {{"ingress", {{{"ip", ip}}}}}}}}};
}

std::string list(const json& items, const std::string& next = "") {
  return http_answer(
      200,
      json{{"metadata", {{"resourceVersion", "7"}, {"continue", next}}}, {"items", items}}.dump());
}

std::string event(const std::string& type, const json& subject) {
  return stream_piece(json{{"type", type}, {"object", subject}}.dump() + "\n");
}

class KubernetesSourceTest : public testing::Test {
 protected:
  KubernetesSourceTest() {
    setenv("no_proxy", "*", 1);
    auto settings = KubernetesSource::watch_settings();
    settings.settle = std::chrono::milliseconds(30);
    settings.backoff_base = std::chrono::milliseconds(2);
    ClusterAccess access;
    access.server = server_.url();
    source_.emplace(
        loop_, access, "", settings, [] { return 0.5; },
        std::make_shared<spdlog::logger>("test",
                                         std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }

  void start() {
    source_->start({[this](const AssignmentChange& change) {
                      changes_.push_back(change);
                      for (const auto& assignment : change.added) view_.insert(assignment.key);
                      for (const auto& key : change.removed) EXPECT_EQ(view_.erase(key), 1U);
                    },
                    [this](bool in_touch, const std::string& cause) {
                      touch_.emplace_back(in_touch, cause);
                    }});
    EXPECT_TRUE(changes_.empty());
  }

  // The watch the source holds open, once there is one.
  [[nodiscard]] bool run_to_watch() {
    watching_ = nullptr;
    return run_until(loop_, [this] { return watching_ != nullptr; });
  }

  asio::io_context loop_;
  json items_ = json::array();
  int page_size_ = 500;
  PlainServer::Connection watching_;
  PlainServer server_{
      loop_, [this](const auto& connection, const ScriptedRequest& request) {
        if (request.asks("watch=true")) {
          connection->send(kStreamHead);
          watching_ = connection;
          return;
        }
        const auto at = request.target.find("continue=");
        const int from = at == std::string::npos ? 0 : std::stoi(request.target.substr(at + 9));
        const int to = std::min(from + page_size_, static_cast<int>(items_.size()));
        const json page(std::vector<json>(items_.begin() + from, items_.begin() + to));
        connection->send(
            list(page, to < static_cast<int>(items_.size()) ? std::to_string(to) : ""));
      }};
  std::ostringstream log_;
  std::vector<AssignmentChange> changes_;
  std::set<AssignmentKey> view_;
  std::vector<std::pair<bool, std::string>> touch_;
  std::optional<KubernetesSource> source_;
};

TEST_F(KubernetesSourceTest, TheFirstCallIsTheWholeViewEvenWhenItIsEmpty) {
  start();
  ASSERT_TRUE(run_to_watch());
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_TRUE(changes_[0].empty());
  watching_->send(event("ADDED", service("a", "192.0.2.1", 8)));
  watching_->send(event("MODIFIED", service("a", "192.0.2.1", 9)));  // nothing new for us
  watching_->send(event("DELETED", service("a", "192.0.2.1", 10)));
  ASSERT_TRUE(run_until(loop_, [this] { return changes_.size() == 3; }));
  EXPECT_EQ(changes_[1].added.at(0).key.owner, "n/a");
  EXPECT_EQ(changes_[2].removed.at(0).address.to_string(), "192.0.2.1");
  EXPECT_TRUE(touch_.empty());
}

TEST_F(KubernetesSourceTest, ARelistIsOneDifferenceWithTheDeletionsOfTheGap) {
  items_ = {service("a", "192.0.2.1"), service("b", "192.0.2.2")};
  start();
  ASSERT_TRUE(run_to_watch());
  items_ = {service("b", "192.0.2.2"), service("c", "192.0.2.3")};
  watching_->send(event("ERROR", {{"code", 410}, {"message", "too old"}}));
  ASSERT_TRUE(run_to_watch());
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_EQ(changes_[1].added.size(), 1U);
  EXPECT_EQ(changes_[1].removed.size(), 1U);
  items_.clear();
  watching_->send(event("ERROR", {{"code", 410}}));
  ASSERT_TRUE(run_until(loop_, [this] { return changes_.size() == 3; }));
  EXPECT_TRUE(view_.empty());
}

TEST_F(KubernetesSourceTest, LosingTouchIsToldOnceAndTheViewStands) {
  items_ = {service("a", "192.0.2.1")};
  start();
  ASSERT_TRUE(run_to_watch());
  watching_->send(event("ERROR", {{"code", 500}, {"message", "one cause"}}));
  ASSERT_TRUE(run_to_watch());
  watching_->send(event("ERROR", {{"code", 500}, {"message", "another"}}));
  ASSERT_TRUE(run_until(loop_, [this] { return touch_.size() == 2; }));
  EXPECT_FALSE(touch_[0].first);
  EXPECT_THAT(touch_[0].second, HasSubstr("watch " + server_.url() + "/api/v1/services: "));
  EXPECT_THAT(touch_[0].second, HasSubstr("one cause"));
  EXPECT_TRUE(touch_[1].first);
  EXPECT_EQ(changes_.size(), 1U);
  EXPECT_THAT(log_.str(), HasSubstr("one cause"));
  EXPECT_THAT(log_.str(), HasSubstr("another"));
}

TEST_F(KubernetesSourceTest, AnAddressThatIsNoneIsLoggedWithItsService) {
  items_ = {service("a", "192.0.2.300")};
  start();
  ASSERT_TRUE(run_to_watch());
  EXPECT_THAT(log_.str(), HasSubstr("skip an address of Service n/a: parse address '192.0.2.300'"));
}

TEST_F(KubernetesSourceTest, ThreeThousandServicesTakeSevenRequestsAndOneCall) {
  for (int number = 0; number < 3000; ++number) {
    items_.push_back(service("s" + std::to_string(number), "10.0." + std::to_string(number / 250) +
                                                               "." + std::to_string(number % 250)));
  }
  start();
  ASSERT_TRUE(run_to_watch());
  EXPECT_EQ(server_.requests().size(), 7U);  // six pages and the watch
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].added.size(), 3000U);
  for (int number = 0; number < 3000; ++number) {
    watching_->send(event("DELETED", items_[static_cast<std::size_t>(number)]));
  }
  ASSERT_TRUE(run_until(loop_, [this] { return view_.empty(); }));
  EXPECT_EQ(changes_.size(), 3001U);
}

TEST_F(KubernetesSourceTest, IsSilentAfterStopAndCanBeDestroyedInMidstream) {
  start();
  ASSERT_TRUE(run_to_watch());
  watching_->send(event("ADDED", service("a", "192.0.2.1", 8)));
  source_->stop();
  loop_.restart();
  loop_.run_for(std::chrono::milliseconds(100));
  EXPECT_EQ(changes_.size(), 1U);
  EXPECT_TRUE(touch_.empty());
  source_->start({[](const auto&) { FAIL(); }, [](bool, const auto&) { FAIL(); }});
  source_.reset();
  loop_.restart();
  loop_.run_for(std::chrono::milliseconds(100));
  EXPECT_EQ(changes_.size(), 1U);
}

TEST(KubernetesSourceOpen, RefusesCredentialsThatCannotWork) {
  asio::io_context loop;
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  KubernetesSettings settings;
  EXPECT_THAT(KubernetesSource::open(loop, settings, nothing, nullptr).error().message,
              HasSubstr("in-cluster credentials"));
  settings.kubeconfig = "/nonexistent/config";
  EXPECT_THAT(KubernetesSource::open(loop, settings, nothing, nullptr).error().message,
              HasSubstr("/nonexistent/config: cannot read"));
}

}  // namespace
}  // namespace isat
