// SPDX-License-Identifier: Apache-2.0
// A ring of sampled frames of one's own, for as long as this object lives and says so.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/data_plane.h"
#include "dataplane/frame_sample.h"
#include "dataplane/result.h"
#include "dataplane/ring_reader.h"
#include "dataplane/tap_ring.h"

namespace isat {

class FrameTap {
 public:
  // In the pinned `frame_taps`. Frames come once the speaker has noticed, within half a second.
  [[nodiscard]] static Result<std::unique_ptr<FrameTap>> open(const std::string& pin, BootTime now);
  ~FrameTap();  // nobody watches here any more
  FrameTap(const FrameTap&) = delete;
  FrameTap& operator=(const FrameTap&) = delete;

  // Readable when there are samples.
  [[nodiscard]] int descriptor() const { return reader_->descriptor(); }
  // All that are there now, oldest first.
  [[nodiscard]] std::vector<FrameSample> process();
  // Frames that were not shown so far: over the limit of the sampling, or read here too slowly.
  [[nodiscard]] std::uint64_t missed() const { return missed_; }
  // As TapRing says; and to be called more often than every three seconds, or the speaker takes
  // this one for dead.
  [[nodiscard]] Result<void> keep(BootTime now);

 private:
  explicit FrameTap(std::string pin) : pin_(std::move(pin)) {}
  [[nodiscard]] Result<void> watch_until(BootTime until);
  void take(const void* record, std::size_t size);

  std::string pin_;
  std::unique_ptr<TapRing> ring_;
  std::unique_ptr<RingReader> reader_;
  std::vector<FrameSample> taken_;
  std::map<std::uint32_t, std::uint64_t> numbers_;  // the last seen of each CPU
  std::uint64_t missed_ = 0;
};

}  // namespace isat
