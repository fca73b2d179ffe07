// SPDX-License-Identifier: Apache-2.0
// Reads the responder's events: conflicts, claims, yields. A ring has one consumer; this is it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bpf/abi.h"
#include "dataplane/address.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"
#include "dataplane/ring_reader.h"

namespace isat {

struct Event {
  event_kind kind = EVENT_CONFLICT;
  Address address;  // ours, that the event is about
  InterfaceIndex interface = 0;
  MacAddress mac;             // the rival's, or the asker's
  std::uint64_t boot_ns = 0;  // CLOCK_BOOTTIME
};

[[nodiscard]] Event event_of(const struct event& raw);       // as a responder wrote it
[[nodiscard]] std::string_view event_name(event_kind kind);  // "conflict", "claim", "yield"

class EventReader {
 public:
  // `ring` is the map's descriptor, borrowed: `events` for the speaker, its own tap for a watcher.
  [[nodiscard]] static Result<std::unique_ptr<EventReader>> open(int ring);

  // Readable when there are events.
  [[nodiscard]] int descriptor() const { return ring_->descriptor(); }
  // All that are there now, oldest first.
  [[nodiscard]] std::vector<Event> process();

 private:
  EventReader() = default;
  void take(const void* record, std::size_t size);

  std::unique_ptr<RingReader> ring_;
  std::vector<Event> taken_;
};

}  // namespace isat
