// SPDX-License-Identifier: Apache-2.0
// Why an address is announced by nobody, or not by a certain node.
#pragma once

#include <string>

namespace isat {

struct Refusal {
  std::string reason{};    // MetalLB's word: noIPAllocated, ipNotAllowed, notOwner …
  std::string sentence{};  // for people: the cause and the mend

  bool operator==(const Refusal&) const = default;
};

}  // namespace isat
