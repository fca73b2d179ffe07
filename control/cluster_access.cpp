// SPDX-License-Identifier: Apache-2.0
// Where a Kubernetes API server is, and how to be let in.
#include "control/cluster_access.h"

#include <algorithm>
#include <utility>

#include "control/text_file.h"

namespace isat {

namespace {

constexpr std::size_t kLongestToken = std::size_t{64} << 10;

Result<std::string> clean(std::string token, const std::string& where) {
  while (!token.empty() && token.back() <= ' ') token.pop_back();
  // Anything else would let the token write headers of its own.
  if (std::any_of(token.begin(), token.end(),
                  [](char byte) { return byte <= ' ' || byte > '~'; })) {
    return fail(where + ": not one token but something else");
  }
  return token;
}

}  // namespace

Result<std::string> bearer_token(const ClusterAccess& access) {
  if (access.token_file.empty()) return clean(access.token, "use the kubeconfig's token");
  auto text = read_text_file(access.token_file, kLongestToken);
  if (!text) return tl::unexpected(Error{"token file " + text.error().message, text.error().code});
  auto token = clean(*std::move(text), "token file " + access.token_file);
  if (token && token->empty()) return fail("token file " + access.token_file + ": it is empty");
  return token;
}

}  // namespace isat
