// SPDX-License-Identifier: Apache-2.0
// One byte of flags, two of a hidden tag, then the frame.
#include "tests/fuzz/trial.h"

#include <array>

namespace isat::fuzz {
namespace {

using frames::Setting;

constexpr std::size_t kSettingSize = 3;
constexpr std::uint8_t kDeadline = 0x03, kStrict = 0x04, kYielded = 0x08, kObserve = 0x10;
constexpr std::uint8_t kHiddenTag = 0x20, kHiddenServiceTag = 0x40;

}  // namespace

Trial decode(std::span<const std::uint8_t> input) {
  if (input.size() < kSettingSize) return {};
  const std::uint8_t flags = input[0];
  Setting setting;
  setting.deadline = static_cast<Setting::Deadline>((flags & kDeadline) % 3);
  setting.strict = (flags & kStrict) != 0;
  setting.yielded = (flags & kYielded) != 0;
  setting.observe = (flags & kObserve) != 0;
  if ((flags & kHiddenTag) != 0) {
    setting.hidden_tci = static_cast<std::uint16_t>(input[1] << 8 | input[2]);
    setting.hidden_type = (flags & kHiddenServiceTag) != 0 ? 0x88a8 : 0x8100;
  }
  const auto frame = input.subspan(kSettingSize);
  return {{frame.begin(), frame.end()}, setting};
}

std::vector<std::uint8_t> encode(const Trial& trial) {
  const auto& setting = trial.setting;
  const std::uint16_t tci = setting.hidden_tci.value_or(0);
  const int flags = static_cast<int>(setting.deadline) | (setting.strict ? kStrict : 0) |
                    (setting.yielded ? kYielded : 0) | (setting.observe ? kObserve : 0) |
                    (setting.hidden_tci ? kHiddenTag : 0) |
                    (setting.hidden_type == 0x88a8 ? kHiddenServiceTag : 0);
  std::vector<std::uint8_t> input(kSettingSize + trial.frame.size());
  input[0] = static_cast<std::uint8_t>(flags);
  input[1] = static_cast<std::uint8_t>(tci >> 8);
  input[2] = static_cast<std::uint8_t>(tci);
  std::copy(trial.frame.begin(), trial.frame.end(), input.begin() + kSettingSize);
  return input;
}

std::string describe(const Trial& trial) {
  constexpr std::array<const char*, 3> deadlines = {"none", "ahead", "passed"};
  const auto& setting = trial.setting;
  return std::string("deadline ") + deadlines[static_cast<std::size_t>(setting.deadline)] +
         (setting.strict ? ", strict" : "") + (setting.yielded ? ", yielded" : "") +
         (setting.observe ? ", observe" : "") + (setting.hidden_tci ? ", hidden tag" : "") +
         ", frame of " + std::to_string(trial.frame.size()) + " bytes: " + frames::hex(trial.frame);
}

}  // namespace isat::fuzz
