// SPDX-License-Identifier: Apache-2.0
// One frame through the program attached to a live tap device, between two filters that bear
// witness.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>

#include "tests/kernel/loaded_responder.h"
#include "tests/kernel/tap.h"
#include "tests/kernel/witnessed.h"

struct witness;

namespace isat::test {

enum class Attachment { kClsact, kTcx, kGeneric, kNative };

void PrintTo(Attachment attachment, std::ostream* out);  // for GoogleTest

class LiveResponder {
 public:
  [[nodiscard]] static Result<LiveResponder> create(Attachment attachment);
  LiveResponder(LiveResponder&&) noexcept;
  LiveResponder& operator=(LiveResponder&&) noexcept;
  ~LiveResponder();

  // `verdict.frame` is what was read back from the tap, or what the filter after ours saw: both
  // with the tag where it belongs. A hidden tag of the setting is written into the frame: the
  // kernel hides it itself. An error when the frame was seen at both places, or at neither.
  [[nodiscard]] Result<frames::Verdict> respond(const frames::Frame& frame,
                                                const frames::Setting& setting,
                                                std::optional<std::size_t> head = {},
                                                std::optional<std::uint16_t> checksum_at = {});
  // Whether the last frame came to the hook with a linear part that ended after the Ethernet
  // header.
  [[nodiscard]] Result<bool> came_head_only() const;
  [[nodiscard]] const Tap& tap() const { return tap_; }

 private:
  struct Closer {
    void operator()(struct witness* object) const;
  };
  using Witness = std::unique_ptr<struct witness, Closer>;

  LiveResponder(Attachment attachment, Tap tap, LoadedResponder loaded, Witness witness);
  [[nodiscard]] Result<void> post_witnesses();
  [[nodiscard]] Result<void> attach(const frames::Setting& setting);
  [[nodiscard]] Result<void> attach_filter(int program);
  [[nodiscard]] Result<void> attach_xdp(int program);
  [[nodiscard]] Result<void> wait_until_counted() const;
  [[nodiscard]] Result<witnessed> seen() const;
  [[nodiscard]] Result<void> forget() const;

  Attachment attachment_;
  Tap tap_;
  LoadedResponder loaded_;
  Witness witness_;
  int attached_ = -1;    // the program; owned by loaded_
  FileDescriptor link_;  // kTcx
};

}  // namespace isat::test
