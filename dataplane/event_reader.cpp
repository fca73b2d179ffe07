// SPDX-License-Identifier: Apache-2.0
// Reads the responder's events from a BPF ring buffer.
#include "dataplane/event_reader.h"

#include <bpf/libbpf.h>

#include <cstring>

namespace isat {
namespace {

Event cooked(const struct event& raw) {
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

}  // namespace

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

void EventReader::Closer::operator()(struct ring_buffer* ring) const {
  ring_buffer__free(ring);
}

Result<std::unique_ptr<EventReader>> EventReader::open(int ring) {
  std::unique_ptr<EventReader> reader(new EventReader);
  reader->ring_.reset(ring_buffer__new(ring, take, reader.get(), nullptr));
  if (!reader->ring_) return fail_errno("open", "the ring of events");
  return reader;
}

int EventReader::descriptor() const {
  return ring_buffer__epoll_fd(ring_.get());
}

std::vector<Event> EventReader::process() {
  // An error here is a broken callback, and ours cannot fail.
  static_cast<void>(ring_buffer__consume(ring_.get()));
  return std::exchange(taken_, {});
}

int EventReader::take(void* reader, void* data, std::size_t size) {
  struct event raw {};
  if (size < sizeof raw) return 0;  // of another layout: nothing we could name
  std::memcpy(&raw, data, sizeof raw);
  static_cast<EventReader*>(reader)->taken_.push_back(cooked(raw));
  return 0;
}

}  // namespace isat
