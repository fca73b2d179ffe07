// SPDX-License-Identifier: Apache-2.0
// `isat explain`: why this node does or does not answer for an address.
#pragma once

#include <optional>
#include <string>

#include "control/environment.h"

namespace isat {

struct ExplainOptions {
  std::optional<std::string> address;        // absent = every address known here
  std::optional<std::string> configuration;  // the speaker's; its `pin` wins over the one here
  std::string pin;
  bool probe = false;                     // ask the link, too
  std::optional<std::string> probe_from;  // absent = from each interface isat is attached to
  bool json = false;
};

// Succeeds only when this node answers for every address asked about.
[[nodiscard]] int explain(const Environment& environment, const ExplainOptions& options);

}  // namespace isat
