// SPDX-License-Identifier: Apache-2.0
// SHA-256, by the hundred thousand.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>

namespace isat {

// The library's own one-shot functions look the algorithm up each time, which takes three times as
// long as the digest of a short text itself.
class Sha256 {
 public:
  using Digest = std::array<unsigned char, 32>;

  Sha256();

  [[nodiscard]] Digest of(std::string_view text);

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace isat
