// SPDX-License-Identifier: Apache-2.0
// Assignments from the Kubernetes API: the addresses of the cluster's LoadBalancer Services, as far
// as MetalLB's resources, endpoints and nodes allow them.
#pragma once

#include <spdlog/logger.h>

#include <asio/io_context.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "control/api_reporter.h"
#include "control/assignment_source.h"
#include "control/cluster.h"
#include "control/cluster_access.h"
#include "control/configuration.h"
#include "control/followed_collection.h"
#include "control/http_client.h"
#include "control/kubeconfig.h"
#include "control/metallb_resources.h"
#include "control/resource_watch.h"

namespace isat {

class KubernetesSource final : public AssignmentSource {
 public:
  // Fails on credentials that cannot work (see load_kubeconfig); a server that does not answer is
  // no failure but news for the listener's in_touch.
  [[nodiscard]] static Result<std::unique_ptr<KubernetesSource>> open(
      asio::io_context& loop, const KubernetesSettings& settings,
      const EnvironmentLookup& environment, std::shared_ptr<spdlog::logger> log);

  // `timing`: of every watch; what it says about the collection itself is not read.
  KubernetesSource(asio::io_context& loop, ClusterAccess access, KubernetesSettings settings,
                   const ResourceWatchSettings& timing, const Random& random,
                   std::shared_ptr<spdlog::logger> log);

  // The first view is told when every collection has been listed once. in_touch is called when
  // touch with any of them is lost (also before there was any), when the cause is another, and when
  // it is regained; not when it is found at the first try.
  void start(Listener listener) override;
  void stop() override;
  void refresh() override;
  [[nodiscard]] SourceReport report(const std::string& node) const override;
  [[nodiscard]] std::vector<ServiceStanding> standings(const std::string& node) const override;

  // Where problems of resources are told beside the log; null = nowhere. It outlives the source.
  void set_reporter(ApiReporter* reporter) { reporter_ = reporter; }

 private:
  struct Collection {
    std::string path;
    std::string resource;  // as RBAC names it
    int page;              // objects in a page of a list
    FollowedCollection::WhenAbsent when_absent = FollowedCollection::WhenAbsent::kFailure;
  };

  FollowedCollection& follow(const Collection& collection, FollowedCollection::Table table);
  void follow_services();
  void follow_endpoint_slices();
  void follow_nodes();
  void follow_metallb();

  void put_service(const nlohmann::json& object);
  void erase_service(const std::string& name);
  [[nodiscard]] std::vector<std::string> services() const;  // known, ours or not
  void note_other_class(const nlohmann::json& object);
  [[nodiscard]] Collection metallb_collection(const std::string& plural) const;
  void found_problem(const ObjectReference& object, const std::string& problem);

  void changed();
  void judge_installation();
  void touch();
  [[nodiscard]] std::vector<std::string> lost_causes() const;  // one for each collection, if any

  asio::io_context& loop_;
  ClusterAccess access_;
  KubernetesSettings settings_;
  ResourceWatchSettings timing_;
  Random random_;
  std::shared_ptr<spdlog::logger> log_;
  ApiReporter* reporter_ = nullptr;

  Cluster cluster_;
  MetallbResources resources_;
  std::map<std::string, OtherClass> other_classes_;  // by Service; only told of, never decided by
  Listener listener_;
  bool told_whole_ = false;
  std::uint64_t updates_ = 0;
  std::uint64_t update_errors_ = 0;
  std::string installation_;  // of MetalLB's resources, as told; empty = there
  std::string lost_cause_;    // as told; empty = in touch

  HttpClient client_;
  std::deque<FollowedCollection> followed_;
  const FollowedCollection* pools_ = nullptr;  // of followed_
  const FollowedCollection* advertisements_ = nullptr;
};

}  // namespace isat
