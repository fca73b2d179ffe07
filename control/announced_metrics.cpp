// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told of the announcements in the map.
#include "control/announced_metrics.h"

#include <map>
#include <string>

namespace isat {
namespace {

prometheus::ClientMetric series(const char* label, const std::string& value, double number) {
  prometheus::ClientMetric one;
  one.label = {{label, value}};
  one.gauge.value = one.counter.value = number;
  return one;
}

}  // namespace

prometheus::MetricFamily answered_total(const std::vector<ActualAnnouncement>& announced) {
  std::map<Address, std::uint64_t> answered;  // over all interfaces
  for (const auto& actual : announced) {
    answered[actual.announcement.key.address] += actual.answered;
  }
  prometheus::MetricFamily family{"isat_answered_total",
                                  "Requests answered by address, of the first 256 announced.",
                                  prometheus::MetricType::Counter,
                                  {}};
  std::uint64_t others = 0;
  for (const auto& [address, count] : answered) {
    if (family.metric.size() < kAddressesShown) {
      family.metric.push_back(series("address", address.to_string(), static_cast<double>(count)));
    } else {
      others += count;
    }
  }
  if (answered.size() > kAddressesShown) {
    family.metric.push_back(series("address", "others", static_cast<double>(others)));
  }
  return family;
}

prometheus::MetricFamily map_entries(const std::vector<ActualAnnouncement>& announced) {
  std::size_t v4 = 0;
  for (const auto& actual : announced) v4 += actual.announcement.key.address.is_v4() ? 1 : 0;
  const auto v6 = announced.size() - v4;
  return {"isat_map_entries",
          "Announcements in a map.",
          prometheus::MetricType::Gauge,
          {series("map", "announced_v4", static_cast<double>(v4)),
           series("map", "announced_v6", static_cast<double>(v6))}};
}

}  // namespace isat
