// SPDX-License-Identifier: Apache-2.0
// A ring of events of one's own, beside the speaker's, for as long as this object lives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "dataplane/event_reader.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/result.h"

namespace isat {

class EventTap {
 public:
  // Puts a ring into the pinned `taps`. When all are taken the oldest goes: a watcher that was
  // killed leaves its ring behind, and nobody can tell it from one that is read.
  [[nodiscard]] static Result<std::unique_ptr<EventTap>> open(const std::string& pin);
  ~EventTap();  // takes its ring out again
  EventTap(const EventTap&) = delete;
  EventTap& operator=(const EventTap&) = delete;

  [[nodiscard]] EventReader& events() { return *reader_; }
  // To be called now and then. Follows the speaker to new maps after an upgrade. Fails when a newer
  // tap took the place (EBUSY), or when the pins are gone (ENOENT).
  [[nodiscard]] Result<void> keep();

 private:
  explicit EventTap(std::string pin) : pin_(std::move(pin)) {}
  [[nodiscard]] Result<void> create();
  [[nodiscard]] Result<void> insert();

  std::string pin_;
  FileDescriptor map_;  // the ring
  std::uint32_t map_id_ = 0;
  FileDescriptor taps_;  // the array it sits in
  std::uint32_t taps_id_ = 0;
  std::uint32_t slot_ = 0;
  std::unique_ptr<EventReader> reader_;
};

}  // namespace isat
