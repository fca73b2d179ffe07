// SPDX-License-Identifier: Apache-2.0
// Gratuitous frames: telling the neighbours, unasked, who answers for an address now.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/announcement.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/result.h"

namespace isat {

using Frame = std::vector<std::uint8_t>;  // from the Ethernet header on, without checksum trailer

// IPv4: two ARP frames of 60 bytes, the request form and then the reply form, because some
// receivers heed only one of them. IPv6: one unsolicited advertisement of 86 bytes.
[[nodiscard]] std::vector<Frame> gratuitous_frames(const Announcement& announcement);

class FrameSender {
 public:
  virtual ~FrameSender() = default;
  // Sends the gratuitous frames, once. The error names address and interface.
  [[nodiscard]] virtual Result<void> send(const Announcement& announcement) = 0;
};

// Over a packet socket, which needs CAP_NET_RAW. Never blocks: a full queue is an error.
class PacketSender final : public FrameSender {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PacketSender>> open();
  [[nodiscard]] Result<void> send(const Announcement& announcement) override;

 private:
  explicit PacketSender(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  FileDescriptor descriptor_;
};

}  // namespace isat
