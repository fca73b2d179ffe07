// SPDX-License-Identifier: Apache-2.0
// Assignments from the Kubernetes API: the addresses of the cluster's LoadBalancer Services.
#include "control/kubernetes_source.h"

#include <nlohmann/json.hpp>
#include <random>
#include <utility>

namespace isat {

Result<std::unique_ptr<KubernetesSource>> KubernetesSource::open(
    asio::io_context& loop, const KubernetesSettings& settings,
    const EnvironmentLookup& environment, std::shared_ptr<spdlog::logger> log) {
  const auto access = settings.kubeconfig.empty() ? in_cluster_access(environment)
                                                  : load_kubeconfig(settings.kubeconfig);
  if (!access) return tl::unexpected(access.error());
  Random random = [engine = std::mt19937(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
  return std::make_unique<KubernetesSource>(loop, *access, settings.load_balancer_class,
                                            watch_settings(), std::move(random), std::move(log));
}

ResourceWatchSettings KubernetesSource::watch_settings() {
  ResourceWatchSettings settings;
  settings.path = "/api/v1/services";
  settings.resource = "services";
  return settings;
}

KubernetesSource::KubernetesSource(asio::io_context& loop, ClusterAccess access,
                                   const std::string& load_balancer_class,
                                   ResourceWatchSettings watch, Random random,
                                   std::shared_ptr<spdlog::logger> log)
    : log_(std::move(log)),
      services_(load_balancer_class),
      client_(loop),
      watch_(loop, client_, std::move(access), std::move(watch), std::move(random), handlers()) {}

ResourceWatch::Handlers KubernetesSource::handlers() {
  ResourceWatch::Handlers handlers;
  handlers.begin_list = [this] { services_.begin_list(); };
  handlers.list = [this](const nlohmann::json& object) { services_.list(object); };
  handlers.end_list = [this] { tell(services_.end_list(), !std::exchange(told_whole_, true)); };
  handlers.changed = [this](const nlohmann::json& object) {
    tell(services_.changed(object), false);
  };
  handlers.deleted = [this](const nlohmann::json& object) {
    tell(services_.deleted(object), false);
  };
  handlers.in_touch = [this](bool in_touch, const std::string& cause) {
    tell_in_touch(in_touch, cause);
  };
  return handlers;
}

void KubernetesSource::start(Listener listener) {
  listener_ = std::move(listener);
  watch_.start();
}

void KubernetesSource::stop() {
  watch_.stop();
}

void KubernetesSource::tell(const ServiceTable::Change& change, bool even_if_empty) {
  for (const auto& reason : change.skipped) log_->warn("skip an address of Service {}", reason);
  if (even_if_empty || !change.assignments.empty()) listener_.changed(change.assignments);
}

void KubernetesSource::tell_in_touch(bool in_touch, const std::string& cause) {
  if (in_touch) {
    log_->info("in touch with the Kubernetes API again");
  } else {
    log_->warn("{}; the last view stands, trying again", cause);
  }
  if (std::exchange(in_touch_, in_touch) != in_touch) listener_.in_touch(in_touch, cause);
}

}  // namespace isat
