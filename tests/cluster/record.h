// SPDX-License-Identifier: Apache-2.0
// One line of the asker's log, as tests/cluster/answers.py reads it back.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace isat {

enum class RecordKind : std::uint16_t {
  kAsked = 0,
  kAnswered = 1,
  kAnnounced = 2,  // a gratuitous frame; answers nobody
};

// Native byte order: it is read where it was written.
struct Record {
  std::uint64_t time;    // CLOCK_MONOTONIC, nanoseconds, as Python's time.monotonic_ns()
  std::uint32_t number;  // of the question; 0 for an announcement
  RecordKind kind;
  std::uint16_t target;              // position in the list of addresses asked for
  std::array<std::uint8_t, 6> mac;   // who answered or announced
  std::array<std::uint8_t, 2> rest;  // zero
};
static_assert(sizeof(Record) == 24 && std::has_unique_object_representations_v<Record>);

}  // namespace isat
