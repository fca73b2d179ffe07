// SPDX-License-Identifier: Apache-2.0
// Answers a burst of frames in place: the transforms of bpf/respond.h over mbufs.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "dataplane/data_plane.h"
#include "dataplane/dpdk/announced_table.h"
#include "dataplane/dpdk/event_queue.h"
#include "dataplane/dpdk/outcome_counters.h"
#include "dataplane/responder_policy.h"

struct rte_mbuf;

namespace isat::dpdk {

constexpr std::size_t kBurst = 32;

// What a burst is answered from, and where that is counted. Borrowed.
struct BurstState {
  InterfaceIndex interface = 0;
  const Pages<V4>& v4;
  const Pages<V6>& v6;
  ResponderPolicy policy;
  BootTime deadline{};  // zero = for ever
  const std::function<BootTime()>& clock;
  OutcomeCounters& outcomes;
  const ZeroedArray<Counter>& answered;  // by slot
  EventQueue& events;
};

// At most kBurst frames, reordered: the answers, to be sent back, come first and then, in their
// order and byte for byte as they came, the frames to be passed on. Returns how many are answers.
[[nodiscard]] std::size_t respond_to_burst(const BurstState& state, std::span<rte_mbuf*> frames);

}  // namespace isat::dpdk
