// SPDX-License-Identifier: Apache-2.0
// Assignments from the Kubernetes API.
#include "control/kubernetes_source.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "control/json_field.h"
#include "control/object_name.h"

namespace isat {
namespace {

// Objects of a page: a few hundred kilobytes.
constexpr int kPage = 250;
constexpr int kNodesPage = 25;  // each lists the images it has

constexpr auto kUnrestricted =
    "MetalLB's resources are not installed: every address is allowed, and announced by any node";
constexpr auto kHalfInstalled =
    "one of MetalLB's resources ipaddresspools and l2advertisements is not installed, so no "
    "address is allowed; install both, or neither";

}  // namespace

Result<std::unique_ptr<KubernetesSource>> KubernetesSource::open(
    asio::io_context& loop, const KubernetesSettings& settings,
    const EnvironmentLookup& environment, std::shared_ptr<spdlog::logger> log) {
  const auto access = cluster_access(settings.kubeconfig, environment);
  if (!access) return tl::unexpected(access.error());
  return std::make_unique<KubernetesSource>(loop, *access, settings, ResourceWatchSettings{},
                                            seeded_random(), std::move(log));
}

KubernetesSource::KubernetesSource(asio::io_context& loop, ClusterAccess access,
                                   KubernetesSettings settings, const ResourceWatchSettings& timing,
                                   const Random& random, std::shared_ptr<spdlog::logger> log)
    : loop_(loop),
      access_(std::move(access)),
      settings_(std::move(settings)),
      timing_(timing),
      random_(random),
      log_(std::move(log)),
      cluster_(EligibilityRules{settings_.ignore_exclude_lb}),
      resources_(cluster_, [this](const auto& object,
                                  const auto& problem) { found_problem(object, problem); }),
      client_(loop) {
  follow_services();
  follow_endpoint_slices();
  follow_nodes();
  follow_metallb();
}

FollowedCollection& KubernetesSource::follow(const Collection& collection,
                                             FollowedCollection::Table table) {
  auto watch = timing_;
  watch.path = collection.path;
  watch.resource = collection.resource;
  watch.page = collection.page;
  return followed_.emplace_back(
      loop_, client_, access_, watch, random_, std::move(table), collection.when_absent,
      FollowedCollection::Listener{[this] { changed(); }, [this] { touch(); }});
}

void KubernetesSource::follow_services() {
  follow({"/api/v1/services", "services", kPage},
         {[this](const nlohmann::json& object) { put_service(object); },
          [this](const std::string& name) { erase_service(name); }, [this] { return services(); }});
}

void KubernetesSource::follow_endpoint_slices() {
  follow({"/apis/discovery.k8s.io/v1/endpointslices", "endpointslices.discovery.k8s.io", kPage},
         {[this](const nlohmann::json& object) { cluster_.put(parse_endpoint_slice(object)); },
          [this](const std::string& name) { cluster_.erase_slice(name); },
          [this] { return cluster_.slices(); }});
}

void KubernetesSource::follow_nodes() {
  follow({"/api/v1/nodes", "nodes", kNodesPage},
         {[this](const nlohmann::json& object) { cluster_.put(parse_cluster_node(object)); },
          [this](const std::string& name) { cluster_.erase_node(name); },
          [this] { return cluster_.nodes(); }});
}

void KubernetesSource::follow_metallb() {
  pools_ = &follow(metallb_collection("ipaddresspools"),
                   {[this](const nlohmann::json& object) { resources_.put_pool(object); },
                    [this](const std::string& name) { resources_.erase_pool(name); },
                    [this] { return resources_.pools(); }});
  advertisements_ =
      &follow(metallb_collection("l2advertisements"),
              {[this](const nlohmann::json& object) { resources_.put_advertisement(object); },
               [this](const std::string& name) { resources_.erase_advertisement(name); },
               [this] { return resources_.advertisements(); }});
}

KubernetesSource::Collection KubernetesSource::metallb_collection(const std::string& plural) const {
  return {std::string("/apis/") + MetallbResources::kApiVersion + "/namespaces/" +
              settings_.metallb_namespace + "/" + plural,
          plural + ".metallb.io in namespace " + settings_.metallb_namespace, kPage,
          FollowedCollection::WhenAbsent::kEmpty};
}

void KubernetesSource::start(Listener listener) {
  listener_ = std::move(listener);
  for (auto& each : followed_) each.start();
}

void KubernetesSource::stop() {
  for (auto& each : followed_) each.stop();
}

// Lists, rather than watches that go on: after an outage a connection may be dead, or as late as
// the outage was long.
void KubernetesSource::refresh() {
  told_whole_ = false;
  for (auto& each : followed_) each.start();
}

void KubernetesSource::put_service(const nlohmann::json& object) {
  const auto service = parse_service(object, settings_.load_balancer_class);
  if (!service) {
    erase_service(object_name(object));
    note_other_class(object);
    return;
  }
  other_classes_.erase(service->name);
  if (!cluster_.put(*service)) return;
  for (const auto& reason : service->skipped) {
    log_->warn("skip an address of Service {}: {}", service->name, reason);
  }
}

void KubernetesSource::erase_service(const std::string& name) {
  cluster_.erase_service(name);
  other_classes_.erase(name);
}

std::vector<std::string> KubernetesSource::services() const {
  auto names = cluster_.services();
  for (const auto& [name, other] : other_classes_) names.push_back(name);
  return names;
}

void KubernetesSource::note_other_class(const nlohmann::json& object) {
  auto its_class = text_field(object, {"spec", "loadBalancerClass"});
  auto service = parse_service(object, its_class);
  if (!service || service->addresses.empty()) return;
  other_classes_[service->name] = {std::move(its_class), std::move(service->addresses)};
}

void KubernetesSource::found_problem(const ObjectReference& object, const std::string& problem) {
  ++update_errors_;
  log_->error("{} {}/{}: {}", object.kind, object.namespace_name, object.name, problem);
  if (reporter_ == nullptr) return;
  reporter_->report({object, ApiEvent::Type::kWarning, "ConfigurationError", problem, true});
}

void KubernetesSource::changed() {
  ++updates_;
  const bool whole = std::all_of(followed_.begin(), followed_.end(),
                                 [](const auto& each) { return each.listed(); });
  if (!whole) return;
  judge_installation();
  const auto change = cluster_.settle();
  resources_.look_for_overlaps();
  if (!std::exchange(told_whole_, true) || !change.empty()) listener_.changed(change);
}

void KubernetesSource::judge_installation() {
  const bool unrestricted = pools_->absent() && advertisements_->absent();
  cluster_.set_unrestricted(unrestricted);
  const std::string now = unrestricted                                    ? kUnrestricted
                          : pools_->absent() || advertisements_->absent() ? kHalfInstalled
                                                                          : "";
  if (std::exchange(installation_, now) == now) return;
  log_->info("{}", now.empty() ? "MetalLB's resources are installed: they decide" : now);
}

// An API server that is away is one piece of news, not one for every collection: the cause told
// stands as long as it lasts.
void KubernetesSource::touch() {
  const auto causes = lost_causes();
  if (std::find(causes.begin(), causes.end(), lost_cause_) != causes.end()) return;
  const auto cause = causes.empty() ? std::string() : causes.front();
  if (std::exchange(lost_cause_, cause) == cause) return;
  if (cause.empty()) {
    log_->info("in touch with the Kubernetes API again");
  } else {
    log_->warn("{}; the last view stands, trying again", cause);
  }
  listener_.in_touch(cause.empty(), cause);
}

std::vector<std::string> KubernetesSource::lost_causes() const {
  std::vector<std::string> causes;
  for (const auto& each : followed_) {
    if (!each.lost_cause().empty()) causes.push_back(each.lost_cause());
  }
  return causes;
}

SourceReport KubernetesSource::report(const std::string& node) const {
  SourceReport report{
      true, lost_causes(), resources_.problems(), cluster_.refusals(node), other_classes_,
      {},   updates_,      update_errors_};
  for (const auto& each : followed_) report.watch_restarts[each.resource()] = each.restarts();
  if (!installation_.empty()) report.remarks.push_back(installation_);
  return report;
}

std::vector<ServiceStanding> KubernetesSource::standings(const std::string& node) const {
  return cluster_.standings(node);
}

}  // namespace isat
