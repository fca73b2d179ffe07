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
  // As unsigned: whether a plain char is signed differs between machines.
  const auto is_visible = [](unsigned char byte) { return byte > ' ' && byte <= '~'; };
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  // Anything else would let the token write headers of its own.
  if (!std::all_of(token.begin(), token.end(), is_visible)) {
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
