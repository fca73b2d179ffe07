// SPDX-License-Identifier: Apache-2.0
// Gives up every privilege but the three the responder is promised to load and run with.
#pragma once

#include <string>

#include "dataplane/result.h"

namespace isat::test {

// Leaves this thread, and all it starts, CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW, effective and
// permitted. An error when one of the three is not there to keep. Doing it twice is success.
[[nodiscard]] Result<void> keep_responder_privileges();

// What is effective and permitted now, as cap_to_text(3) writes it.
[[nodiscard]] std::string effective_privileges();

}  // namespace isat::test
