// SPDX-License-Identifier: Apache-2.0
// Between a speaker and a data plane: one call of all that can fail does, the nth, whichever it is.
#pragma once

#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "dataplane/data_plane.h"

namespace isat {

// What the caller sees is the same; what was done is not: a system call can fail before it did
// anything, and a composed one, as attaching is, when all but its last step was done.
enum class FaultMoment { kBefore, kAfter };

class FaultyDataPlane final : public DataPlane {
 public:
  // `plane` outlives it.
  explicit FaultyDataPlane(DataPlane& plane) : plane_(plane) {}

  std::optional<std::size_t> failing;  // which call, from 0
  FaultMoment moment = FaultMoment::kBefore;
  mutable std::size_t calls = 0;

  Result<void> announce(const Announcement& announcement) override {
    return once("announce", [&] { return plane_.announce(announcement); });
  }
  Result<void> withdraw(const AnnouncementKey& key) override {
    return once("withdraw", [&] { return plane_.withdraw(key); });
  }
  Result<void> told(const AnnouncementKey& key) override {
    return once("note as told", [&] { return plane_.told(key); });
  }
  Result<std::vector<ActualAnnouncement>> announcements() const override {
    return once("read", [&] { return plane_.announcements(); });
  }
  Result<void> commit() override {
    return once("commit", [&] { return plane_.commit(); });
  }
  Result<void> vouch_until(BootTime deadline) override {
    return once("vouch", [&] { return plane_.vouch_until(deadline); });
  }
  Result<BootTime> vouched_until() const override {
    return once("read the deadline", [&] { return plane_.vouched_until(); });
  }
  Result<Attachment> attach(const Interface& interface, AttachMode mode) override {
    return once("attach", [&] { return plane_.attach(interface, mode); });
  }
  Result<void> detach(InterfaceIndex interface) override {
    return once("detach", [&] { return plane_.detach(interface); });
  }
  std::vector<Attachment> attachments() const override { return plane_.attachments(); }
  Result<std::vector<InterfaceOutcomes>> outcomes() const override { return plane_.outcomes(); }

 private:
  template <typename Call>
  auto once(const char* operation, Call call) const -> decltype(call()) {
    if (calls++ != failing) return call();
    if (moment == FaultMoment::kAfter) static_cast<void>(call());
    return fail_errno(operation, "at call " + std::to_string(calls - 1), EIO);
  }

  DataPlane& plane_;
};

}  // namespace isat
