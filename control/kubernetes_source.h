// SPDX-License-Identifier: Apache-2.0
// Assignments from the Kubernetes API: the addresses of the cluster's LoadBalancer Services.
#pragma once

#include <spdlog/logger.h>

#include <asio/io_context.hpp>
#include <memory>
#include <string>

#include "control/assignment_source.h"
#include "control/cluster_access.h"
#include "control/configuration.h"
#include "control/http_client.h"
#include "control/kubeconfig.h"
#include "control/resource_watch.h"
#include "control/service_table.h"

namespace isat {

class KubernetesSource final : public AssignmentSource {
 public:
  // Fails on credentials that cannot work (see load_kubeconfig); a server that does not answer is
  // no failure but news for the listener's in_touch.
  [[nodiscard]] static Result<std::unique_ptr<KubernetesSource>> open(
      asio::io_context& loop, const KubernetesSettings& settings,
      const EnvironmentLookup& environment, std::shared_ptr<spdlog::logger> log);

  KubernetesSource(asio::io_context& loop, ClusterAccess access,
                   const std::string& load_balancer_class, ResourceWatchSettings watch,
                   Random random, std::shared_ptr<spdlog::logger> log);

  // in_touch is called when touch is lost (also before there was any) and when it is regained, not
  // when it is found at the first try.
  void start(Listener listener) override;
  void stop() override;

  // How a collection of Services is followed.
  [[nodiscard]] static ResourceWatchSettings watch_settings();

 private:
  [[nodiscard]] ResourceWatch::Handlers handlers();
  void tell(const ServiceTable::Change& change, bool even_if_empty);
  void tell_in_touch(bool in_touch, const std::string& cause);

  std::shared_ptr<spdlog::logger> log_;
  ServiceTable services_;
  Listener listener_;
  bool in_touch_ = true;
  bool told_whole_ = false;
  HttpClient client_;
  ResourceWatch watch_;
};

}  // namespace isat
