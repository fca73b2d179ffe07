// SPDX-License-Identifier: Apache-2.0
// A ring of one's own in a pinned array of rings, for as long as this object lives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "dataplane/file_descriptor.h"
#include "dataplane/result.h"

namespace isat {

class TapRing {
 public:
  // Puts a ring into the pinned array of that name. When all places are taken the oldest goes: a
  // watcher that was killed leaves its ring behind, and nobody can tell it from one that is read.
  [[nodiscard]] static Result<std::unique_ptr<TapRing>> open(const std::string& pin,
                                                             const std::string& array);
  ~TapRing();  // takes its ring out again
  TapRing(const TapRing&) = delete;
  TapRing& operator=(const TapRing&) = delete;

  [[nodiscard]] int descriptor() const { return map_.get(); }
  [[nodiscard]] std::uint32_t slot() const { return slot_; }  // its place in the array, now
  // To be called now and then. Follows the speaker to new maps after an upgrade, and comes back
  // when it was taken out. Fails when newer rings have all places (EBUSY), or when the pins are
  // gone (ENOENT).
  [[nodiscard]] Result<void> keep();

 private:
  TapRing(std::string pin, const std::string& array)
      : pin_(std::move(pin)), array_(pin_ + "/" + array) {}
  [[nodiscard]] Result<void> create();
  [[nodiscard]] Result<void> insert();
  [[nodiscard]] Result<void> take_place();

  std::string pin_;
  std::string array_;   // its path
  FileDescriptor map_;  // the ring
  std::uint32_t map_id_ = 0;
  FileDescriptor taps_;  // the array it sits in
  std::uint32_t taps_id_ = 0;
  std::uint32_t slot_ = 0;
};

}  // namespace isat
