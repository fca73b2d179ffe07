// SPDX-License-Identifier: Apache-2.0
// A frame that a responder was asked about, and its answer, as `isat watch --frames` is shown them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bpf/abi.h"
#include "dataplane/interface.h"

namespace isat {

struct SampledBytes {
  std::vector<std::uint8_t> bytes;  // the first SAMPLE_BYTES at most
  std::size_t length_on_wire = 0;
};

struct FrameSample {
  std::uint64_t boot_ns = 0;  // CLOCK_BOOTTIME
  InterfaceIndex interface = 0;
  isat_family family = FAMILY_OTHER;
  isat_outcome outcome = OUTCOME_OTHER_TRAFFIC;
  SampledBytes frame;
  std::optional<SampledBytes> answer;
};

[[nodiscard]] FrameSample sample_of(const frame_sample& raw);  // as a responder wrote it

}  // namespace isat
