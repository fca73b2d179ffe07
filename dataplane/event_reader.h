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

struct ring_buffer;

namespace isat {

struct Event {
  event_kind kind = EVENT_CONFLICT;
  Address address;  // ours, that the event is about
  InterfaceIndex interface = 0;
  MacAddress mac;             // the rival's, or the asker's
  std::uint64_t boot_ns = 0;  // CLOCK_BOOTTIME
};

[[nodiscard]] std::string_view event_name(event_kind kind);  // "conflict", "claim", "yield"

class EventReader {
 public:
  // `ring` is the map's descriptor, borrowed: `events` for the speaker, its own tap for a watcher.
  [[nodiscard]] static Result<std::unique_ptr<EventReader>> open(int ring);

  // Readable when there are events.
  [[nodiscard]] int descriptor() const;
  // All that are there now, oldest first.
  [[nodiscard]] std::vector<Event> process();

 private:
  struct Closer {
    void operator()(struct ring_buffer* ring) const;
  };
  EventReader() = default;
  static int take(void* reader, void* data, std::size_t size);

  std::unique_ptr<struct ring_buffer, Closer> ring_;
  std::vector<Event> taken_;
};

}  // namespace isat
