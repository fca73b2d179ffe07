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

constexpr auto kServices = "/api/v1/services";
constexpr auto kSlices = "/apis/discovery.k8s.io/v1/endpointslices";
constexpr auto kNodes = "/api/v1/nodes";
constexpr auto kPools = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools";
constexpr auto kAdvertisements =
    "/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements";

json metadata(const std::string& space, const std::string& name, int version = 1) {
  return {{"namespace", space}, {"name", name}, {"resourceVersion", std::to_string(version)}};
}

json service(const std::string& name, const std::string& ip, int version = 1) {
  return {{"metadata", metadata("n", name, version)},
          {"spec", {{"type", "LoadBalancer"}}},
          {"status", {{"loadBalancer", {{"ingress", {{{"ip", ip}}}}}}}}};
}

json slice(const std::string& of) {
  auto object = json{{"metadata", metadata("n", of + "-1")}, {"endpoints", {{{"nodeName", "a"}}}}};
  object["metadata"]["labels"] = {{"kubernetes.io/service-name", of}};
  return object;
}

json pool(const std::string& name, const std::string& range, int version = 1) {
  return {{"metadata", metadata("metallb-system", name, version)},
          {"spec", {{"addresses", {range}}}}};
}

std::string list(const json& items, const std::string& next = "") {
  return http_answer(
      200,
      json{{"metadata", {{"resourceVersion", "7"}, {"continue", next}}}, {"items", items}}.dump());
}

std::string event(const std::string& type, const json& subject) {
  return stream_piece(json{{"type", type}, {"object", subject}}.dump() + "\n");
}

class Reports final : public ApiReporter {
 public:
  void report(const ApiEvent& event) override { events.push_back(event); }
  std::vector<ApiEvent> events;
};

class KubernetesSourceTest : public testing::Test {
 protected:
  KubernetesSourceTest() {
    setenv("no_proxy", "*", 1);
    ResourceWatchSettings timing;
    timing.settle = std::chrono::milliseconds(30);
    timing.backoff_base = std::chrono::milliseconds(2);
    timing.absent_pause = std::chrono::milliseconds(20);
    ClusterAccess access;
    access.server = server_.url();
    source_.emplace(
        loop_, access, KubernetesSettings{}, timing, [] { return 0.5; },
        std::make_shared<spdlog::logger>("test",
                                         std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
    source_->set_reporter(&reports_);
    // A cluster without MetalLB, with one node and an endpoint for every Service named here.
    collections_[kNodes] = {{{"metadata", {{"name", "a"}}}}};
    for (const auto* name : {"a", "b", "c"}) collections_[kSlices].push_back(slice(name));
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

  // Until the source holds this watch open, anew, and every other one that can be.
  [[nodiscard]] bool run_to_watch(const std::string& path = kServices) {
    watches_.erase(path);
    return run_until(loop_, [&] {
      return watches_.contains(path) &&
             std::all_of(collections_.begin(), collections_.end(), [&](const auto& collection) {
               return watches_.contains(collection.first);
             });
    });
  }
  void send(const std::string& path, const std::string& bytes) { watches_.at(path)->send(bytes); }

  void install_metallb() {
    collections_[kPools] = {pool("lan", "192.0.2.0/24")};
    collections_[kAdvertisements] = {{{"metadata", metadata("metallb-system", "all")}}};
  }

  void answer(const PlainServer::Connection& connection, const ScriptedRequest& request) {
    const auto path = request.target.substr(0, request.target.find('?'));
    ++asked_[path];
    if (forbidden_ == path) {
      connection->send(http_answer(403, R"({"message": "forbidden"})"));
      return;
    }
    const auto found = collections_.find(path);
    if (found == collections_.end()) {
      connection->send(http_answer(404, "404 page not found\n"));
      return;
    }
    if (request.asks("watch=true")) {
      connection->send(kStreamHead);
      watches_[path] = connection;
      return;
    }
    const auto& items = found->second;
    const auto at = request.target.find("continue=");
    const int from = at == std::string::npos ? 0 : std::stoi(request.target.substr(at + 9));
    const int to = std::min(from + 250, static_cast<int>(items.size()));
    const json page(std::vector<json>(items.begin() + from, items.begin() + to));
    connection->send(list(page, to < static_cast<int>(items.size()) ? std::to_string(to) : ""));
  }

  asio::io_context loop_;
  std::map<std::string, json> collections_{
      {kServices, json::array()}, {kSlices, json::array()}, {kNodes, json::array()}};
  std::string forbidden_;
  std::map<std::string, int> asked_;
  std::map<std::string, PlainServer::Connection> watches_;
  json& items_ = collections_[kServices];
  PlainServer server_{loop_, [this](const auto& connection, const ScriptedRequest& request) {
                        answer(connection, request);
                      }};
  std::ostringstream log_;
  Reports reports_;
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
  send(kServices, event("ADDED", service("a", "192.0.2.1", 8)));
  send(kServices, event("MODIFIED", service("a", "192.0.2.1", 9)));  // nothing new for us
  send(kServices, event("DELETED", service("a", "192.0.2.1", 10)));
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
  send(kServices, event("ERROR", {{"code", 410}, {"message", "too old"}}));
  ASSERT_TRUE(run_to_watch());
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_EQ(changes_[1].added.size(), 1U);
  EXPECT_EQ(changes_[1].removed.size(), 1U);
  items_.clear();
  send(kServices, event("ERROR", {{"code", 410}}));
  ASSERT_TRUE(run_until(loop_, [this] { return changes_.size() == 3; }));
  EXPECT_TRUE(view_.empty());
}

TEST_F(KubernetesSourceTest, LosingTouchIsToldOncePerCauseAndTheViewStands) {
  items_ = {service("a", "192.0.2.1")};
  start();
  ASSERT_TRUE(run_to_watch());
  send(kServices, event("ERROR", {{"code", 500}, {"message", "one cause"}}));
  ASSERT_TRUE(run_to_watch());
  send(kServices, event("ERROR", {{"code", 500}, {"message", "another"}}));
  ASSERT_TRUE(run_until(loop_, [this] { return touch_.size() == 3; }));
  EXPECT_FALSE(touch_[0].first);
  EXPECT_THAT(touch_[0].second, HasSubstr("watch " + server_.url() + "/api/v1/services: "));
  EXPECT_THAT(touch_[0].second, HasSubstr("one cause"));
  EXPECT_FALSE(touch_[1].first);
  EXPECT_THAT(touch_[1].second, HasSubstr("another"));
  EXPECT_TRUE(touch_[2].first);
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

TEST_F(KubernetesSourceTest, ThreeThousandServicesAreOneCall) {
  for (int number = 0; number < 3000; ++number) {
    const auto name = "s" + std::to_string(number);
    items_.push_back(
        service(name, "10.0." + std::to_string(number / 250) + "." + std::to_string(number % 250)));
    collections_[kSlices].push_back(slice(name));
  }
  start();
  ASSERT_TRUE(run_to_watch());
  EXPECT_EQ(asked_[kServices], 13);  // twelve pages and the watch
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].added.size(), 3000U);
  for (int number = 0; number < 3000; ++number) {
    send(kServices, event("DELETED", items_[static_cast<std::size_t>(number)]));
  }
  ASSERT_TRUE(run_until(loop_, [this] { return view_.empty(); }));
  EXPECT_EQ(changes_.size(), 3001U);
}

TEST_F(KubernetesSourceTest, TheFirstViewWaitsForEveryCollection) {
  install_metallb();
  items_ = {service("a", "192.0.2.1")};
  forbidden_ = kAdvertisements;
  start();
  ASSERT_TRUE(run_until(loop_, [this] { return watches_.size() == 4 && !touch_.empty(); }));
  EXPECT_TRUE(changes_.empty());
  EXPECT_FALSE(touch_[0].first);
  EXPECT_THAT(
      touch_[0].second,
      HasSubstr("list " + server_.url() + kAdvertisements + ": HTTP 403: forbidden; grant " +
                "list and watch on l2advertisements.metallb.io in namespace " +
                "metallb-system to this account"));
  forbidden_.clear();
  ASSERT_TRUE(run_until(loop_, [this] { return touch_.size() == 2; }));
  EXPECT_TRUE(touch_[1].first);
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(view_.size(), 1U);
}

// After an outage a watch may be dead, or late, without knowing.
TEST_F(KubernetesSourceTest, ARefreshListsEverythingAndTellsOnceWhatIsDifferent) {
  items_ = {service("a", "192.0.2.1"), service("b", "192.0.2.2")};
  start();
  ASSERT_TRUE(run_to_watch());
  ASSERT_TRUE(run_until(loop_, [this] { return changes_.size() == 1; }));
  items_ = {service("b", "192.0.2.2"), service("c", "192.0.2.3")};
  forbidden_ = kSlices;
  source_->refresh();
  ASSERT_TRUE(run_until(loop_, [this] { return !touch_.empty(); }));
  EXPECT_EQ(changes_.size(), 1U) << "not the whole view";
  forbidden_.clear();
  ASSERT_TRUE(run_until(loop_, [this] { return changes_.size() == 2; }));
  EXPECT_EQ(changes_[1].added.size(), 1U);
  EXPECT_EQ(changes_[1].removed.size(), 1U);
  source_->refresh();
  ASSERT_TRUE(run_until(loop_, [this] { return changes_.size() == 3; }));
  EXPECT_TRUE(changes_[2].empty()) << "told all the same";
}

TEST_F(KubernetesSourceTest, WithoutMetallbEverythingIsAllowedUntilItIsInstalled) {
  items_ = {service("a", "192.0.2.1"), service("b", "203.0.113.1")};
  start();
  ASSERT_TRUE(run_to_watch());
  ASSERT_TRUE(run_until(loop_, [this] { return view_.size() == 2; }));
  ASSERT_EQ(source_->report("a").remarks.size(), 1U);
  EXPECT_THAT(source_->report("a").remarks[0], HasSubstr("MetalLB's resources are not installed"));
  EXPECT_THAT(log_.str(), HasSubstr("MetalLB's resources are not installed"));
  install_metallb();
  ASSERT_TRUE(run_until(loop_, [this] { return view_.size() == 1 && watches_.size() == 5; }));
  EXPECT_EQ(view_.begin()->owner, "n/a");
  EXPECT_TRUE(source_->report("a").remarks.empty());
  EXPECT_TRUE(touch_.empty());  // an answer is no loss of touch
}

class HalfOfMetallbTest : public KubernetesSourceTest,
                          public testing::WithParamInterface<const char*> {};

TEST_P(HalfOfMetallbTest, AllowsNothingUntilTheOtherIsInstalled) {
  items_ = {service("a", "192.0.2.1")};
  install_metallb();
  auto missing = collections_.extract(GetParam());
  start();
  ASSERT_TRUE(run_to_watch());
  ASSERT_TRUE(run_until(loop_, [this] { return !changes_.empty(); }));
  EXPECT_TRUE(view_.empty());
  ASSERT_EQ(source_->report("a").remarks.size(), 1U);
  EXPECT_THAT(source_->report("a").remarks[0],
              AllOf(HasSubstr("one of MetalLB's resources ipaddresspools and l2advertisements"),
                    HasSubstr("install both, or neither")));
  EXPECT_THAT(log_.str(), HasSubstr("so no address is allowed; install both, or neither"));
  EXPECT_TRUE(touch_.empty());
  collections_.insert(std::move(missing));
  ASSERT_TRUE(run_until(loop_, [this] { return view_.size() == 1 && watches_.size() == 5; }));
  EXPECT_TRUE(source_->report("a").remarks.empty());
  EXPECT_THAT(log_.str(), HasSubstr("MetalLB's resources are installed: they decide"));
}

INSTANTIATE_TEST_SUITE_P(Without, HalfOfMetallbTest, testing::Values(kPools, kAdvertisements),
                         [](const auto& missing) {
                           return missing.param == kPools ? "IpAddressPools" : "L2Advertisements";
                         });

TEST_F(KubernetesSourceTest, OnlyTheApiItselfCanSayThatACollectionIsAbsent) {
  items_ = {service("a", "192.0.2.1")};
  collections_.erase(kNodes);  // that it must have
  start();
  ASSERT_TRUE(run_until(loop_, [this] { return !touch_.empty(); }));
  EXPECT_THAT(touch_[0].second, HasSubstr("/api/v1/nodes: HTTP 404"));
  EXPECT_TRUE(changes_.empty());
}

TEST_F(KubernetesSourceTest, L27AnInvalidResourceKeepsItsLastValidForm) {
  install_metallb();
  items_ = {service("a", "192.0.2.1")};
  start();
  ASSERT_TRUE(run_to_watch());
  ASSERT_EQ(view_.size(), 1U);
  send(kPools, event("MODIFIED", pool("lan", "192.0.2.0/33", 8)));
  send(kPools, event("MODIFIED", pool("lan", "192.0.2.0/33", 9)));  // told once
  send(kPools, event("ADDED", pool("new", "192.0.2.9", 10)));
  ASSERT_TRUE(run_until(loop_, [this] { return reports_.events.size() == 2; }));
  EXPECT_EQ(view_.size(), 1U);
  const auto& told = reports_.events[0];
  EXPECT_EQ(told.about.kind, "IPAddressPool");
  EXPECT_EQ(told.about.name, "lan");
  EXPECT_EQ(told.reason, "ConfigurationError");
  EXPECT_THAT(told.message, HasSubstr("spec.addresses[0]: invalid CIDR '192.0.2.0/33'"));
  EXPECT_THAT(log_.str(), HasSubstr("IPAddressPool metallb-system/lan: spec.addresses[0]"));
  const auto problems = source_->report("a").problems;
  EXPECT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems.at("IPAddressPool metallb-system/lan"), told.message);
  send(kPools, event("MODIFIED", pool("lan", "192.0.2.128/25", 11)));
  send(kPools, event("DELETED", pool("new", "192.0.2.9", 12)));
  ASSERT_TRUE(run_until(loop_, [this] { return view_.empty(); }));
  ASSERT_TRUE(run_until(loop_, [this] { return source_->report("a").problems.empty(); }));
}

TEST_F(KubernetesSourceTest, PoolsThatOverlapAreToldAboutTheYounger) {
  install_metallb();
  collections_[kPools].push_back(pool("z", "192.0.2.0/28"));
  start();
  ASSERT_TRUE(run_to_watch());
  ASSERT_EQ(reports_.events.size(), 1U);
  EXPECT_EQ(reports_.events[0].about.name, "z");
  EXPECT_THAT(reports_.events[0].message, HasSubstr("overlaps with already defined CIDR"));
  EXPECT_EQ(source_->report("a").problems.count("IPAddressPool metallb-system/z"), 1U);
}

TEST_F(KubernetesSourceTest, SaysWhyAServiceIsNotAnnounced) {
  install_metallb();
  items_ = {service("a", "203.0.113.1"), service("b", "192.0.2.1")};
  start();
  ASSERT_TRUE(run_to_watch());
  const auto here = source_->report("a").refusals;
  ASSERT_EQ(here.size(), 1U);
  EXPECT_EQ(here[0].owner, "n/a");
  EXPECT_EQ(here[0].refusal.reason, "ipNotAllowed");
  const auto elsewhere = source_->report("x").refusals;
  ASSERT_EQ(elsewhere.size(), 2U);
  EXPECT_EQ(elsewhere[1].refusal.sentence, "the API knows no node x; check --node");
}

TEST_F(KubernetesSourceTest, IsSilentAfterStopAndCanBeDestroyedInMidstream) {
  start();
  ASSERT_TRUE(run_to_watch());
  send(kServices, event("ADDED", service("a", "192.0.2.1", 8)));
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
