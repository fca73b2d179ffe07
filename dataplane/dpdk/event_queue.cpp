// SPDX-License-Identifier: Apache-2.0
// A ring with one producer and one consumer, of whole events.
#include "dataplane/dpdk/event_queue.h"

#include <rte_errno.h>
#include <rte_ring_elem.h>

#include <string>

#include "bpf/event_limit.h"

namespace isat::dpdk {
namespace {

constexpr unsigned kEvents = 4096;

}  // namespace

Result<EventQueue> EventQueue::create(std::size_t slots) {
  EventQueue queue(slots, nullptr);
  // EAL wants a name that is nobody else's; an address in use is one.
  const auto name =
      "isat_events_" + std::to_string(reinterpret_cast<std::uintptr_t>(queue.limits_.begin()));
  queue.ring_.reset(rte_ring_create_elem(name.c_str(), sizeof(struct event), kEvents, SOCKET_ID_ANY,
                                         RING_F_SP_ENQ | RING_F_SC_DEQ));
  if (!queue.ring_) return fail_errno("create", "the ring of events", rte_errno);
  return queue;
}

void EventQueue::push(const struct event& event) {
  event_limit& limit = limits_[event.slot];
  if (is_held_back(&limit, event.kind, event.boot_ns) ||
      rte_ring_sp_enqueue_elem(ring_.get(), const_cast<struct event*>(&event), sizeof event) != 0)
    ++limit.suppressed;
}

std::vector<Event> EventQueue::take() {
  std::vector<Event> taken;
  struct event raw {};
  while (rte_ring_sc_dequeue_elem(ring_.get(), &raw, sizeof raw) == 0)
    taken.push_back(event_of(raw));
  return taken;
}

}  // namespace isat::dpdk
