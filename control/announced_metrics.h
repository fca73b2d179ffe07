// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told of the announcements in the map.
#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <vector>

#include "dataplane/data_plane.h"

namespace isat {

// Series of one metric that have an address: a scrape must not grow with the map.
inline constexpr std::size_t kAddressesShown = 256;

// The first addresses in their order have a series each, so that it is always the same ones; what
// the others answered is one series, `others`.
[[nodiscard]] prometheus::MetricFamily answered_total(
    const std::vector<ActualAnnouncement>& announced);

// How full each map is: isat_map_entries beside isat_map_capacity.
[[nodiscard]] prometheus::MetricFamily map_entries(
    const std::vector<ActualAnnouncement>& announced);

}  // namespace isat
