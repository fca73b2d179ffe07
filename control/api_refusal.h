// SPDX-License-Identifier: Apache-2.0
// What the Kubernetes API means by an answer other than 200: the cause, and the mend where a person
// must act.
#pragma once

#include <string>

#include "control/http_client.h"

namespace isat {

// One line. `mend_forbidden` is what to do about a 403: "grant list and watch on services".
[[nodiscard]] std::string explain_refusal(const HttpReply& reply,
                                          const std::string& mend_forbidden);

}  // namespace isat
