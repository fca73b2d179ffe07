// SPDX-License-Identifier: Apache-2.0
// Events on their way from the polling thread to the speaker, limited in rate (docs/WIRE.md G4).
#pragma once

#include <rte_ring.h>

#include <memory>
#include <vector>

#include "bpf/abi.h"
#include "dataplane/dpdk/zeroed_array.h"
#include "dataplane/event_reader.h"

namespace isat::dpdk {

class EventQueue {
 public:
  // `slots` of announcements are limited one by one. Needs a running EAL.
  [[nodiscard]] static Result<EventQueue> create(std::size_t slots);

  // The polling thread's: what is held back, or finds the queue full, is counted as suppressed.
  void push(const struct event& event);
  // The speaker's: all that are there now, oldest first.
  [[nodiscard]] std::vector<Event> take();
  // The speaker's, while no answer is given from this slot: its next event goes out.
  void forget(std::uint32_t slot) { limits_[slot] = {}; }

 private:
  struct Free {
    void operator()(rte_ring* ring) const { rte_ring_free(ring); }
  };
  EventQueue(std::size_t slots, rte_ring* ring) : limits_(slots), ring_(ring) {}

  ZeroedArray<event_limit> limits_;
  std::unique_ptr<rte_ring, Free> ring_;
};

}  // namespace isat::dpdk
