// SPDX-License-Identifier: Apache-2.0
// One event of the responder's on one line, for people or as JSON; pure.
#pragma once

#include <string>

#include "control/seen_time.h"
#include "dataplane/event_reader.h"

namespace isat {

// "2026-01-31T12:00:00.000Z eth0 conflict: 192.0.2.10 is also claimed by 02:00:00:00:00:09"
[[nodiscard]] std::string event_text(const Event& seen, const std::string& interface,
                                     WallTime when);

// {"time": …, "kind": …, "interface": …, "ifindex": …, "address": …, "mac": …}
[[nodiscard]] std::string event_json(const Event& seen, const std::string& interface,
                                     WallTime when);

}  // namespace isat
