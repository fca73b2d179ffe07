// SPDX-License-Identifier: Apache-2.0
// The seam between deciding and answering: what a data plane does for the control plane.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "dataplane/announcement.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

// Nanoseconds of CLOCK_BOOTTIME; zero as a deadline means "for ever".
using BootTime = std::chrono::duration<std::uint64_t, std::nano>;

enum class AttachMode { kAuto, kNative, kGeneric, kTc };

// Where a program sits, and why there.
struct Attachment {
  InterfaceIndex interface = 0;
  std::string name;                   // of the interface, when attached
  AttachMode mode = AttachMode::kTc;  // what was picked; never kAuto
  std::string reason;      // one sentence for people: "tc: native refused: Operation not supported"
  std::uint32_t slot = 0;  // of its counters in `outcomes`
  // Programs of others that see frames before ours does, and could swallow them; for people.
  std::vector<std::string> ahead = {};
};

// An announcement as found in the map.
struct ActualAnnouncement {
  Announcement announcement;
  bool yielded = false;        // the responder gave way to a rival after the deadline
  std::uint64_t answered = 0;  // requests answered, over all CPUs
  bool untold = false;         // not told() since it was last announced
};

// Frames counted on one interface slot, by family and outcome, summed over CPUs.
using OutcomeCounts = std::array<std::array<std::uint64_t, OUTCOME_COUNT>, FAMILY_COUNT>;
struct InterfaceOutcomes {
  InterfaceIndex interface = 0;
  std::string name;
  OutcomeCounts counts{};
};

class DataPlane {
 public:
  virtual ~DataPlane() = default;

  // Idempotent. Answers begin when announce() returns; a present announcement gets the new MAC,
  // keeps its count, and is no longer yielded. Fails with ENOSPC, naming the capacity, when the map
  // is full.
  [[nodiscard]] virtual Result<void> announce(const Announcement& announcement) = 0;
  // Idempotent: absent is success.
  [[nodiscard]] virtual Result<void> withdraw(const AnnouncementKey& key) = 0;
  // All gratuitous frames that an announcement asks for went out: should the speaker die, the next
  // one owes none. Idempotent; absent is success.
  [[nodiscard]] virtual Result<void> told(const AnnouncementKey& key) = 0;
  // Everything announced now, by value, in no order.
  [[nodiscard]] virtual Result<std::vector<ActualAnnouncement>> announcements() const = 0;

  // The moment of commitment: what was announced so far is what is answered from now on. Only after
  // a start over pins of another layout is there a difference: until then the old maps answer.
  // Idempotent.
  [[nodiscard]] virtual Result<void> commit() = 0;

  // Until when the responder may believe the map; zero = for ever.
  [[nodiscard]] virtual Result<void> vouch_until(BootTime deadline) = 0;
  // As it was last written, perhaps by an earlier speaker.
  [[nodiscard]] virtual Result<BootTime> vouched_until() const = 0;

  // Idempotent: an interface attached already keeps its attachment, unless what is known of it now
  // asks for another mode (VLANs appeared on it); then the new one is there before the old one
  // goes.
  [[nodiscard]] virtual Result<Attachment> attach(const Interface& interface, AttachMode mode) = 0;
  // Idempotent: nothing attached, or the interface gone, is success.
  [[nodiscard]] virtual Result<void> detach(InterfaceIndex interface) = 0;
  [[nodiscard]] virtual std::vector<Attachment> attachments() const = 0;

  [[nodiscard]] virtual Result<std::vector<InterfaceOutcomes>> outcomes() const = 0;
};

}  // namespace isat
