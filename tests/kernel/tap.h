// SPDX-License-Identifier: Apache-2.0
// A tap device: frames go into the kernel as if received, with any linear part, and come back out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/file_descriptor.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"
#include "tests/frames/frame.h"

namespace isat::test {

class Tap {
 public:
  enum class Path {
    kDriver,     // as a network driver with native XDP receives
    kFragments,  // as one that leaves the frame in page fragments, behind a head of chosen length
  };

  // Makes the device in this thread's network namespace and sets it up; it vanishes with the Tap.
  // Needs CAP_NET_ADMIN. The stack is told not to speak IPv6 on it, nor to merge what it receives.
  [[nodiscard]] static Result<Tap> create(Path path);

  [[nodiscard]] InterfaceIndex index() const { return index_; }

  // The kernel receives the frame; `head` of its bytes in the linear part, by default all.
  // `checksum_at`: the sender left a checksum to fill in there (virtio), counted from the frame's
  // start.
  [[nodiscard]] Result<void> write(const frames::Frame& frame, std::optional<std::size_t> head = {},
                                   std::optional<std::uint16_t> checksum_at = {}) const;
  // The next frame the kernel sends, within the time.
  [[nodiscard]] std::optional<frames::Frame> read(std::chrono::milliseconds patience) const;

 private:
  Tap(FileDescriptor device, InterfaceIndex index) : device_(std::move(device)), index_(index) {}

  FileDescriptor device_;
  InterfaceIndex index_;
};

}  // namespace isat::test
