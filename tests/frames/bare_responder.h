// SPDX-License-Identifier: Apache-2.0
// The transforms of bpf/respond.h and nothing else, over a buffer of fixed size: for whoever counts
// what they cost.
#pragma once

#include <array>
#include <cstddef>

#include "bpf/abi.h"

namespace isat::frames {

inline constexpr std::size_t kBareRoom = 256;
using BareFrame = std::array<unsigned char, kBareRoom>;

// kTarget4 and kTarget6 are announced, for ever. The answer stands where the question stood.
isat_outcome respond_barely(BareFrame& frame, std::size_t length);

}  // namespace isat::frames
