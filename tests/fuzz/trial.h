// SPDX-License-Identifier: Apache-2.0
// A frame and what the responder believes when it arrives; and the same as a fuzzer's flat input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/frames/solicitation.h"

namespace isat::fuzz {

struct Trial {
  frames::Frame frame;
  frames::Setting setting;
};

// Three bytes of setting, then the frame. Every input means something; too short a one, an empty
// frame.
[[nodiscard]] Trial decode(std::span<const std::uint8_t> input);
[[nodiscard]] std::vector<std::uint8_t> encode(const Trial& trial);

[[nodiscard]] std::string describe(const Trial& trial);

}  // namespace isat::fuzz
