// SPDX-License-Identifier: Apache-2.0
// Reads the responder's events from a BPF ring buffer.
#include "dataplane/event_reader.h"

#include <cstring>

namespace isat {

Event event_of(const struct event& raw) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), raw.address, bytes.size());
  Event event{static_cast<event_kind>(raw.kind),
              raw.family == FAMILY_ARP ? Address::v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                                       : Address::v6(bytes),
              raw.ifindex,
              {},
              raw.boot_ns};
  std::memcpy(event.mac.bytes.data(), raw.mac, sizeof raw.mac);
  return event;
}

std::string_view event_name(event_kind kind) {
  switch (kind) {
    case EVENT_CONFLICT:
      return "conflict";
    case EVENT_CLAIM:
      return "claim";
    case EVENT_YIELD:
      return "yield";
    case EVENT_KIND_COUNT:
      break;
  }
  return "unknown";
}

Result<std::unique_ptr<EventReader>> EventReader::open(int ring) {
  std::unique_ptr<EventReader> reader(new EventReader);
  auto* self = reader.get();
  auto opened = RingReader::open(
      ring, [self](const void* record, std::size_t size) { self->take(record, size); });
  if (!opened) return tl::unexpected(opened.error());
  reader->ring_ = std::move(*opened);
  return reader;
}

std::vector<Event> EventReader::process() {
  ring_->process();
  return std::exchange(taken_, {});
}

void EventReader::take(const void* record, std::size_t size) {
  struct event raw {};
  if (size < sizeof raw) return;  // of another layout: nothing we could name
  std::memcpy(&raw, record, sizeof raw);
  taken_.push_back(event_of(raw));
}

}  // namespace isat
