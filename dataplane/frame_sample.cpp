// SPDX-License-Identifier: Apache-2.0
// A frame that a responder was asked about, and its answer.
#include "dataplane/frame_sample.h"

#include <algorithm>

namespace isat {
namespace {

SampledBytes bytes_of(const std::uint8_t (&bytes)[SAMPLE_BYTES], std::size_t length) {
  return {{bytes, bytes + std::min(length, sizeof bytes)}, length};
}

}  // namespace

FrameSample sample_of(const frame_sample& raw) {
  FrameSample sample{raw.boot_ns,
                     raw.ifindex,
                     static_cast<isat_family>(raw.family),
                     static_cast<isat_outcome>(raw.outcome),
                     bytes_of(raw.frame, raw.length),
                     std::nullopt};
  if (raw.answer_length > 0) sample.answer = bytes_of(raw.answer, raw.answer_length);
  return sample;
}

}  // namespace isat
