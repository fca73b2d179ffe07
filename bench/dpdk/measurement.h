// SPDX-License-Identifier: Apache-2.0
// What is measured, and what comes of it.
#pragma once

#include <cstdint>
#include <string>

#include "bench/dpdk/asker.h"
#include "bench/dpdk/polled_responder.h"
#include "dataplane/result.h"

namespace isat::bench {

// What is common to all sources.
struct Trial {
  bool floor = false;  // the floor instead of isat
  Family family = Family::kIpv4;
  std::uint32_t addresses = 1024;
  double seconds = 1;
};

struct Measurement {
  double frames_per_second = 0;
  double cycles_per_frame = 0;  // of the time stamp counter
};

[[nodiscard]] Result<std::unique_ptr<PolledResponder>> responder_of(const Trial& trial,
                                                                    const std::string& port,
                                                                    rte_mempool& pool);

// net_ring: asker and responder take turns on one core and only the responder's turns are timed:
// the median of many turns of some thousand frames. Its rate is what these cycles come to.
[[nodiscard]] Result<Measurement> measure_turns(const Trial& trial, rte_mempool& pool);
// Any other port: frames sent back per second of CPU time. They come as fast as the port gives
// them.
[[nodiscard]] Result<Measurement> measure_port(const Trial& trial, const std::string& port,
                                               rte_mempool& pool);
// The other end of a port: asks as fast as it can and counts the answers, from the first on.
[[nodiscard]] Result<Measurement> measure_answers(const Trial& trial, const std::string& port,
                                                  rte_mempool& pool);
// The look-up alone, a burst at a time: our table, and rte_hash in its lock-free mode.
struct LookupCycles {
  double ours = 0;
  double rte_hash = 0;
};
[[nodiscard]] Result<LookupCycles> measure_lookups(const Trial& trial);

}  // namespace isat::bench
