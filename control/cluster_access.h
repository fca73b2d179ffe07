// SPDX-License-Identifier: Apache-2.0
// Where a Kubernetes API server is, and how to be let in.
#pragma once

#include <string>

#include "control/tls_material.h"
#include "dataplane/result.h"

namespace isat {

struct ClusterAccess {
  std::string server;  // "https://HOST:PORT", with a path where the API stands behind one; no slash
                       // at the end
  TlsMaterial tls;
  std::string token;       // inline; at most one of the two is there
  std::string token_file;  // an absolute path

  bool operator==(const ClusterAccess&) const = default;
};

// The token to send now; empty without one. A token file is read at every call: rotated tokens are
// taken up at the next connection, and right after a refusal, without a cache to go stale. It is a
// kilobyte, and connections come minutes apart.
[[nodiscard]] Result<std::string> bearer_token(const ClusterAccess& access);

}  // namespace isat
