// SPDX-License-Identifier: Apache-2.0
// What one rtnetlink link message says about one interface.
#pragma once

#include <optional>

#include "dataplane/interface.h"

struct nlmsghdr;

namespace isat {

struct LinkMessage {
  Interface interface;  // when gone, only the index counts
  bool gone = false;
};

// Nothing for a message that does not describe an interface as a whole: another type, a bridge's
// view of its port, a wireless event.
[[nodiscard]] std::optional<LinkMessage> parse_link_message(const nlmsghdr& message);

}  // namespace isat
