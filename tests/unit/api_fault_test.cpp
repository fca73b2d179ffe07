// SPDX-License-Identifier: Apache-2.0
// Every kind of write a speaker makes at the API fails once, in every way there is: in the end all
// is as it should be, and no more than once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <cstdlib>
#include <sstream>

#include "control/cluster_reports.h"
#include "control/lease_membership.h"
#include "small_api.h"

namespace isat {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;

constexpr auto kLeases = "/apis/coordination.k8s.io/v1/namespaces/isat-system/leases";
constexpr auto kStatuses = "/apis/metallb.io/v1beta1/namespaces/isat-system/servicel2statuses";
constexpr auto kEvents = "/api/v1/namespaces/n/events";
constexpr auto kServices = "/api/v1/namespaces/n/services";

BootTime boot_now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

class ApiFaultTest : public testing::TestWithParam<ApiFault> {
 protected:
  ApiFaultTest() {
    setenv("no_proxy", "*", 1);
    api_.put(kServices, {{"metadata", {{"name", "web"}, {"uid", "uid-1"}}}});
    Lease dead{"there", "", "there_pod", 600ms};
    dead.speaker = SpeakerNote{"", "pod", "place", "1", Stage::kMember, {}};
    api_.put(kLeases, lease_json(dead, "isat-system"));
    api_.fault = GetParam();
    KubernetesSettings settings;
    settings.namespace_name = "isat-system";
    settings.lease = {1s, 300ms, 60s};
    const ClusterAccess access{api_.url(), {}, "", ""};
    const auto log = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
    membership_.emplace(
        loop_, access, settings,
        LeaseIdentity{"here", "here_pod", SpeakerNote{"", "pod", "place", "", {}, {}, {}}},
        [] { return 0.0; }, boot_now, LeaseHooks{}, log);
    reports_.emplace(
        loop_, access, L2StatusSettings{"here", "isat-system"}, [] { return 0.0; },
        [this] { return holdings_; }, log);
    membership_->publish({{"eth0", {{2, 0, 0, 0, 0, 1}}, true}});
    Membership::Listener listener;
    listener.members_changed = listener.deadline_moved = listener.view_lost = [] {};
    listener.troubled = [this](const std::string& cause) { trouble_ = cause; };
    membership_->start(std::move(listener));
    reports_->start();
  }

  std::vector<std::string> members() const {
    std::vector<std::string> names;
    for (const auto& member : membership_->members()) names.push_back(member.node);
    return names;
  }
  bool well() const {
    return trouble_.empty() && reports_->troubles().empty() && vouched() &&
           members() == std::vector<std::string>{"here"};
  }
  bool vouched() const { return membership_->deadline() > boot_now(); }

  asio::io_context loop_;
  std::ostringstream log_;
  SmallApi api_{loop_, {kLeases, kStatuses, kEvents, kServices}};
  std::optional<Holdings> holdings_ = Holdings{{"n/web", {}}};
  std::string trouble_;
  std::optional<LeaseMembership> membership_;
  std::optional<ClusterReports> reports_;
};

TEST_P(ApiFaultTest, OfEveryKindOfWriteOnceIsMadeGood) {
  // A write whose answer was lost may be taken for done: then nothing failed in the end.
  const auto written = [this] {
    const auto statuses = api_.in(kStatuses);
    return statuses.size() == 1 && statuses[0].value("/status/node"_json_pointer, "") == "here";
  };
  EXPECT_TRUE(run_until(loop_, [&] { return well() && written() && api_.failed.size() >= 7; }))
      << log_.str();
  EXPECT_THAT(api_.failed,
              ElementsAre(std::string("GET ") + kServices, std::string("PATCH ") + kLeases,
                          std::string("PATCH ") + kStatuses, std::string("POST ") + kEvents,
                          std::string("POST ") + kLeases, std::string("POST ") + kStatuses,
                          std::string("PUT ") + kLeases));
  EXPECT_TRUE(vouched());
  // An Event that is said to exist is not written again.
  EXPECT_EQ(api_.in(kEvents).size(), GetParam().status == 409 ? 0U : 1U);
  // And takes it back.
  holdings_ = Holdings{};
  reports_->review();
  EXPECT_TRUE(run_until(loop_, [&] { return api_.in(kStatuses).empty() && well(); })) << log_.str();
  EXPECT_TRUE(api_.failed.contains(std::string("DELETE ") + kStatuses));
}

INSTANTIATE_TEST_SUITE_P(Answers, ApiFaultTest,
                         testing::Values(ApiFault{"Conflict", 409}, ApiFault{"Forbidden", 403},
                                         ApiFault{"TooMany", 429}, ApiFault{"Broken", 500},
                                         ApiFault{"BrokenButDone", 500, true}, ApiFault{"CutOff"},
                                         ApiFault{"CutOffButDone", 0, true}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace isat
