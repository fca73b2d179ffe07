// SPDX-License-Identifier: Apache-2.0
// A configuration as JSON.
#include "control/configuration_json.h"

#include <spdlog/fmt/fmt.h>

#include "dataplane/attach_choice.h"

namespace isat {
namespace {

using nlohmann::ordered_json;

// "1.1s", "60s": the file's spelling.
std::string duration(Milliseconds value) {
  return fmt::format("{}s", static_cast<double>(value.count()) / 1000);
}

ordered_json addresses(const std::vector<Assignment>& assignments) {
  auto list = ordered_json::array();
  for (const auto& assignment : assignments) {
    const auto address = assignment.key.address.to_string();
    const auto& interfaces = assignment.candidacy->any_other->interfaces;  // the file names no node
    if (interfaces.empty()) {
      list.push_back(address);
    } else {
      list.push_back({{"address", address}, {"interfaces", interfaces}});
    }
  }
  return list;
}

ordered_json kubernetes(const KubernetesSettings& settings) {
  return {{"kubeconfig", settings.kubeconfig},
          {"namespace", settings.namespace_name},
          {"metallb_namespace", settings.metallb_namespace},
          {"load_balancer_class", settings.load_balancer_class},
          {"ignore_exclude_lb", settings.ignore_exclude_lb},
          {"membership", settings.membership == MembershipKind::kLease ? "lease" : "none"},
          {"failback", settings.failback},
          {"match_subnet", settings.match_subnet},
          {"lease",
           {{"duration", duration(settings.lease.duration)},
            {"renew", duration(settings.lease.renew)},
            {"restart_grace", duration(settings.lease.restart_grace)}}}};
}

}  // namespace

ordered_json configuration_json(const Configuration& configuration) {
  const bool from_file = configuration.source == SourceKind::kFile;
  ordered_json json = {{"source", from_file ? "file" : "kubernetes"}};
  // Absent means the default choice, which no list can say.
  if (configuration.interfaces) json["interfaces"] = *configuration.interfaces;
  if (configuration.exclude_interfaces) {
    json["exclude_interfaces"] = *configuration.exclude_interfaces;
  }
  json["attach"] = mode_name(configuration.attach);
  json["pin"] = configuration.pin;
  json["capacity"] = configuration.capacity;
  if (from_file) json["addresses"] = addresses(configuration.addresses);
  json["announce"] = {{"rounds", configuration.announce.rounds},
                      {"interval", duration(configuration.announce.interval)},
                      {"refresh", duration(configuration.announce.refresh)}};
  json["multicast_groups_max"] = configuration.multicast_groups_max;
  json["on_exit"] = configuration.on_exit == OnExit::kKeep ? "keep" : "withdraw";
  json["mode"] = configuration.mode == Mode::kAnswer ? "answer" : "observe";
  json["after_deadline"] =
      configuration.after_deadline == AfterDeadline::kYield ? "yield" : "silent";
  json["metrics"] = {{"listen", configuration.metrics_listen}};
  json["log"] = {{"level", configuration.log_level}, {"format", configuration.log_format}};
  if (!from_file) json["kubernetes"] = kubernetes(configuration.kubernetes);
  return json;
}

}  // namespace isat
