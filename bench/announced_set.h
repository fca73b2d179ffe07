// SPDX-License-Identifier: Apache-2.0
// Many announcements in maps of their own, and the questions that hit or miss them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "bench/question.h"
#include "bpf/abi.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/responder_maps.h"
#include "dataplane/responder_object.h"
#include "tests/frames/frame.h"

namespace isat::bench {

// `count` addresses, a power of two, each 1 << stride after the one before it.
struct AddressSet {
  Family family = Family::kIpv4;
  std::uint32_t count = 1;
  std::uint32_t stride = 0;

  [[nodiscard]] Address address(std::uint32_t i) const;
  // What a speaker is configured for unless it needs more.
  [[nodiscard]] std::uint32_t capacity() const { return std::max(65536U, count); }
  auto operator<=>(const AddressSet&) const = default;
};

class AnnouncedSet {
 public:
  // Announced on interface number kInterface with the MAC frames::kOurs.
  static constexpr InterfaceIndex kInterface = 1;
  [[nodiscard]] static Result<AnnouncedSet> create(const AddressSet& set);

  [[nodiscard]] Result<FileDescriptor> program(Hook hook) const;
  // Frames with this outcome so far: a figure counts only when the frames met the fate it is about.
  [[nodiscard]] Result<std::uint64_t> counted(isat_family family, isat_outcome outcome) const;

 private:
  explicit AnnouncedSet(ResponderMaps maps) : maps_(std::move(maps)) {}
  ResponderMaps maps_;
};

// Asks as this frame does, for nothing else.
[[nodiscard]] question ask(const frames::Frame& frame);
// Asks for addresses of the set in random order; or, as a miss, for as many beyond it. Timed: every
// question carries the time it is sent at.
[[nodiscard]] question ask_any_of(const AddressSet& set, bool miss, bool timed = false);

}  // namespace isat::bench
