// SPDX-License-Identifier: Apache-2.0
// What `isat status` shows, as text and as JSON; pure, from plain values.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/pinned_state.h"

namespace isat {

struct StatusReport {
  std::string pin;
  std::optional<pid_t> speaker;  // absent = none runs; 0 = one does, out of our sight
  BootTime now{0};
  PinnedState state;
  std::vector<std::string> warnings;  // one line each, with the mend
  nlohmann::ordered_json account{};  // what the running speaker says (account_json); null = nothing
};

// For people: outcomes that are zero are left out.
[[nodiscard]] std::string status_text(const StatusReport& report);

[[nodiscard]] nlohmann::ordered_json status_json(const StatusReport& report);

}  // namespace isat
