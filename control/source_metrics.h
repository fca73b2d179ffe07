// SPDX-License-Identifier: Apache-2.0
// What Prometheus is told of the source of assignments.
#pragma once

#include <prometheus/metric_family.h>

#include "control/source_report.h"

namespace isat {

// By resource, and by why: `normal`, since a server ends every watch after some minutes, or
// `failed`.
[[nodiscard]] prometheus::MetricFamily watch_restarts_total(const SourceReport& report);

}  // namespace isat
