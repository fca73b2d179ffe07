// SPDX-License-Identifier: Apache-2.0
// One trial from one number; no distribution of the standard library, whose results may differ.
#include "tests/fuzz/mutation.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace isat::fuzz {
namespace {

using frames::Frame;
using frames::Setting;

constexpr std::size_t kShortest = 14, kLongest = 2048;
constexpr std::size_t kIpv6 = 14, kIcmp = 54, kNdOptions = 78;
// Lengths, types, next headers, groups and edges; what a check compares with.
constexpr std::array<std::uint8_t, 24> kBytes = {0,   1,   2,   4,   6,    7,    8,    14,
                                                 24,  28,  32,  43,  44,   58,   60,   127,
                                                 128, 133, 135, 136, 0x33, 0x60, 0xfe, 0xff};
constexpr std::array<std::uint16_t, 8> kTypes = {0x0806, 0x86dd, 0x8100, 0x88a8,
                                                 0x0800, 0x9100, 0x0000, 0xffff};

std::uint64_t below(std::mt19937_64& random, std::uint64_t limit) {
  return random() % limit;
}
bool one_in(std::mt19937_64& random, std::uint64_t times) {
  return below(random, times) == 0;
}

void put16(Frame& frame, std::size_t at, std::uint32_t value) {
  if (at + 1 >= frame.size()) return;
  frame[at] = static_cast<std::uint8_t>(value >> 8);
  frame[at + 1] = static_cast<std::uint8_t>(value);
}

// Without a right checksum no change behind it would ever be looked at.
void mend_checksum(Frame& frame) {
  if (frame.size() < kIcmp + 4) return;
  const std::size_t length = frame[kIpv6 + 4] << 8U | frame[kIpv6 + 5];
  put16(frame, kIcmp + 2, 0);
  std::uint32_t sum = static_cast<std::uint32_t>(length) + 58;
  const auto add = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, frame.size()); i++) {
      sum += static_cast<std::uint32_t>(frame[i]) << ((i - from) % 2 == 0 ? 8 : 0);
    }
  };
  add(kIpv6 + 8, kIcmp);
  add(kIcmp, kIcmp + length);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  put16(frame, kIcmp + 2, ~sum & 0xffff);
}

// The payload length as long as the frame, cut to whole units of eight.
void mend_length(Frame& frame) {
  if (frame.size() >= kIcmp)
    put16(frame, kIpv6 + 4, static_cast<std::uint32_t>((frame.size() - kIcmp) & ~7U));
}

Setting any_setting(std::mt19937_64& random) {
  Setting setting;
  setting.deadline = static_cast<Setting::Deadline>(below(random, 3));
  setting.strict = one_in(random, 4);
  setting.yielded = one_in(random, 4);
  setting.observe = one_in(random, 8);
  return setting;
}

}  // namespace

Mutator::Mutator() {
  for (auto& row : frames::solicitations()) rows_.push_back(std::move(row.frame));
}

// The many rows that are cut short seldom: they go one way whatever happens to them.
const Frame& Mutator::any_row(Random& random) const {
  const bool long_enough = !one_in(random, 8);
  for (;;) {
    const auto& row = rows_[below(random, rows_.size())];
    if (!long_enough || row.size() == 42 || row.size() > kNdOptions) return row;
  }
}

Frame Mutator::random_frame(Random& random) const {
  Frame frame(kShortest + below(random, 200));
  for (auto& byte : frame) byte = static_cast<std::uint8_t>(random());
  put16(frame, 12, kTypes[below(random, kTypes.size())]);
  return frame;
}

void Mutator::bend(Frame& frame, Random& random) const {
  const auto at = frame.empty() ? 0 : below(random, frame.size());
  switch (below(random, 9)) {
    case 0:
      if (!frame.empty()) frame[at] ^= static_cast<std::uint8_t>(1U << below(random, 8));
      break;
    case 1:
      if (!frame.empty()) frame[at] = kBytes[below(random, kBytes.size())];
      break;
    case 2:
      frame.resize(at);
      break;
    case 3:
      frame.resize(frame.size() + below(random, one_in(random, 8) ? 1500 : 64),
                   static_cast<std::uint8_t>(random()));
      break;
    case 4: {  // the head of one frame, the rest of another
      const auto& other = any_row(random);
      frame.resize(std::min(at, other.size()));
      frame.insert(frame.end(), other.begin() + static_cast<std::ptrdiff_t>(frame.size()),
                   other.end());
      break;
    }
    case 5:
      put16(frame, 12, kTypes[below(random, kTypes.size())]);
      break;
    case 6:
      if (frame.size() >= 12) {
        frame = frames::tagged(std::move(frame),
                               one_in(random, 2) ? 0 : static_cast<std::uint16_t>(random()),
                               one_in(random, 4) ? 0x88a8 : 0x8100);
      }
      break;
    case 7:  // one more option, or a piece of one
      if (frame.size() >= kNdOptions) {
        Frame option(8 * (1 + below(random, 4)), 0xee);
        option[0] = static_cast<std::uint8_t>(below(random, 4));
        option[1] = static_cast<std::uint8_t>(below(random, 6));
        frame.insert(frame.begin() + kNdOptions, option.begin(), option.end());
        mend_length(frame);
      }
      break;
    default:
      if (!frame.empty()) frame[at] = static_cast<std::uint8_t>(random());
  }
}

Trial Mutator::trial(std::uint64_t number) const {
  Random random(number);
  Trial trial{one_in(random, 16) ? random_frame(random) : any_row(random), any_setting(random)};
  for (auto bends = below(random, 5); bends > 0; bends--) bend(trial.frame, random);
  if (one_in(random, 4)) mend_length(trial.frame);
  if (!one_in(random, 4)) mend_checksum(trial.frame);
  trial.frame.resize(std::clamp(trial.frame.size(), kShortest, kLongest));
  return trial;
}

}  // namespace isat::fuzz
