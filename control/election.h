// SPDX-License-Identifier: Apache-2.0
// Which of the candidates holds an address: a pure function, so that nodes agree without messages.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "dataplane/address.h"

namespace isat {

// A node whose speaker is alive and may hold the address.
struct Candidate {
  std::string node;

  bool operator==(const Candidate&) const = default;
};

// Same candidates, same holder, in whatever order they come. Nothing when there is no candidate,
// and nothing when there are several: without an agreed order among them two nodes would both
// answer.
[[nodiscard]] inline std::optional<std::string> holder(const Address& /*address*/,
                                                       std::span<const Candidate> candidates) {
  if (candidates.size() != 1) return std::nullopt;
  return candidates.front().node;
}

}  // namespace isat
