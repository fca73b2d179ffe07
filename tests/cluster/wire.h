// SPDX-License-Identifier: Apache-2.0
// Whole frames on one interface, many at a time, past this host's stack.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/address.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/result.h"

namespace isat {

class Wire {
 public:
  // Hears all that comes in, nothing that goes out.
  [[nodiscard]] static Result<Wire> open(const std::string& interface);

  [[nodiscard]] const MacAddress& mac() const { return mac_; }

  [[nodiscard]] Result<void> send(std::span<const std::uint8_t> frame);
  // Hands over what waits; returns how many frames that was. A frame's bytes beyond the first 128
  // are left out.
  [[nodiscard]] Result<std::size_t> receive(
      const std::function<void(std::span<const std::uint8_t>)>& take);
  // Frames the kernel had no room for; reading resets it.
  [[nodiscard]] Result<std::uint32_t> dropped();

 private:
  static constexpr std::size_t kFrameMax = 128;
  static constexpr std::size_t kBatch = 64;
  using Buffer = std::array<std::array<std::uint8_t, kFrameMax>, kBatch>;

  Wire(FileDescriptor descriptor, const MacAddress& mac, std::string interface)
      : descriptor_(std::move(descriptor)), mac_(mac), interface_(std::move(interface)) {}

  FileDescriptor descriptor_;
  MacAddress mac_;
  std::string interface_;
  std::unique_ptr<Buffer> buffer_ = std::make_unique<Buffer>();
};

}  // namespace isat
