// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told of the source of assignments.
#include "control/source_metrics.h"

namespace isat {

prometheus::MetricFamily watch_restarts_total(const SourceReport& report) {
  prometheus::MetricFamily family{
      "isat_watch_restarts_total",
      "Watches of the API that began anew, normally or after a failure.",
      prometheus::MetricType::Counter,
      {}};
  const auto add = [&](const std::string& resource, const char* cause, std::uint64_t count) {
    prometheus::ClientMetric series;
    series.label = {{"resource", resource}, {"cause", cause}};
    series.counter.value = static_cast<double>(count);
    family.metric.push_back(std::move(series));
  };
  for (const auto& [resource, restarts] : report.watch_restarts) {
    add(resource, "normal", restarts.normal);
    add(resource, "failed", restarts.failed);
  }
  return family;
}

}  // namespace isat
