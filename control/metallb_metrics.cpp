// SPDX-License-Identifier: Apache-2.0
// MetalLB's metrics for the same facts.
#include "control/metallb_metrics.h"

#include <utility>

#include "control/announced_metrics.h"

namespace isat {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void add(MetricFamily& family, std::vector<prometheus::ClientMetric::Label> labels, double value) {
  prometheus::ClientMetric series;
  series.label = std::move(labels);
  series.gauge.value = series.counter.value = value;
  family.metric.push_back(std::move(series));
}

MetricFamily single(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family{name, help, type, {}};
  add(family, {}, value);
  return family;
}

}  // namespace

std::vector<MetricFamily> metallb_metrics(const MetallbFacts& facts) {
  std::map<Address, std::uint64_t> answered;  // over all interfaces
  for (const auto& actual : facts.announced) {
    answered[actual.announcement.key.address] += actual.answered;
  }
  MetricFamily announced{
      "metallb_speaker_announced", "Services announced from this node.", MetricType::Gauge, {}};
  MetricFamily received{"metallb_layer2_requests_received",
                        "Requests for announced addresses; only those answered are counted.",
                        MetricType::Counter,
                        {}};
  MetricFamily sent{"metallb_layer2_responses_sent", "Answers given.", MetricType::Counter, {}};
  MetricFamily gratuitous{"metallb_layer2_gratuitous_sent",
                          "Gratuitous frames sent for announced addresses.",
                          MetricType::Counter,
                          {}};
  const auto announce = [&](const std::string& service, const std::string& ip, double number) {
    add(announced, {{"service", service}, {"protocol", "layer2"}, {"node", facts.node}, {"ip", ip}},
        number);
  };
  const auto count_of = [&](const std::string& ip, std::uint64_t answers, std::uint64_t frames) {
    add(received, {{"ip", ip}}, static_cast<double>(answers));
    add(sent, {{"ip", ip}}, static_cast<double>(answers));
    add(gratuitous, {{"ip", ip}}, static_cast<double>(frames));
  };
  std::size_t other_services = 0;
  std::uint64_t other_answers = 0;
  std::uint64_t other_frames = 0;
  for (const auto& [address, answers] : answered) {
    const auto ip = address.to_string();
    for (const auto& [owner, assignment] : facts.assignments.owners(address)) {
      if (announced.metric.size() < kAddressesShown) {
        announce(owner, ip, 1);
      } else {
        ++other_services;
      }
    }
    const auto found = facts.gratuitous.find(address);
    const auto frames = found == facts.gratuitous.end() ? 0 : found->second;
    if (received.metric.size() < kAddressesShown) {
      count_of(ip, answers, frames);
    } else {
      other_answers += answers;
      other_frames += frames;
    }
  }
  // So that sums over all series stay true.
  if (other_services > 0) announce("others", "others", static_cast<double>(other_services));
  if (answered.size() > kAddressesShown) count_of("others", other_answers, other_frames);
  return {std::move(announced),
          std::move(received),
          std::move(sent),
          std::move(gratuitous),
          single("metallb_k8s_client_updates_total", "Pieces of news from the Kubernetes API.",
                 MetricType::Counter, static_cast<double>(facts.source.updates)),
          single("metallb_k8s_client_update_errors_total",
                 "Resources found invalid, each time one was.", MetricType::Counter,
                 static_cast<double>(facts.source.update_errors)),
          single("metallb_k8s_client_config_loaded_bool", "1 once the first view is there.",
                 MetricType::Gauge, facts.loaded ? 1 : 0),
          single("metallb_k8s_client_config_stale_bool",
                 "1 while a resource is invalid and its last valid form is used.",
                 MetricType::Gauge, facts.source.problems.empty() ? 0 : 1)};
}

}  // namespace isat
