// SPDX-License-Identifier: Apache-2.0
// One sampled frame and its answer on one line, for people or as JSON; pure.
#pragma once

#include <string>

#include "control/seen_time.h"
#include "dataplane/frame_sample.h"

namespace isat {

// "2026-01-31T12:00:00.000Z eth0 arp answered: 02:00:00:00:00:09 at 192.0.2.1 asks for 192.0.2.10;
// it is at 02:00:00:00:00:01"
[[nodiscard]] std::string frame_text(const FrameSample& sample, const std::string& interface,
                                     WallTime when);

// {"time": …, "interface": …, "ifindex": …, "family": …, "outcome": …, "frame": hex, …}
[[nodiscard]] std::string frame_json(const FrameSample& sample, const std::string& interface,
                                     WallTime when);

}  // namespace isat
