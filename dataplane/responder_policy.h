// SPDX-License-Identifier: Apache-2.0
// What every responder is told, whichever interface and data plane it serves.
#pragma once

namespace isat {

struct ResponderPolicy {
  bool observe = false;                // decide and count, answer nothing
  bool silent_after_deadline = false;  // strict: nothing is answered past the deadline
};

}  // namespace isat
