// SPDX-License-Identifier: Apache-2.0
// SHA-256, by the hundred thousand.
#include "control/sha256.h"

namespace isat {

Sha256::Sha256()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free),
      context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {}

Sha256::Digest Sha256::of(std::string_view text) {
  Digest digest{};
  EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr);
  EVP_DigestUpdate(context_.get(), text.data(), text.size());
  EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
  return digest;
}

}  // namespace isat
