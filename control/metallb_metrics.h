// SPDX-License-Identifier: Apache-2.0
// MetalLB's metrics for the same facts, so that dashboards and alerts go on working.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/assignments.h"
#include "control/source_report.h"
#include "dataplane/data_plane.h"

namespace isat {

struct MetallbFacts {
  std::string node;
  const Assignments& assignments;
  std::vector<ActualAnnouncement> announced;
  std::map<Address, std::uint64_t> gratuitous;  // frames sent, of addresses announced or not
  const SourceReport& source;
  bool loaded = false;  // the first view is there
};

// Only addresses announced now have series, the first kAddressesShown of them one each and the
// others one together, as in isat_answered_total. Of requests only those answered are counted, so
// received and sent are one figure.
[[nodiscard]] std::vector<prometheus::MetricFamily> metallb_metrics(const MetallbFacts& facts);

}  // namespace isat
