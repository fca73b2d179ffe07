// SPDX-License-Identifier: Apache-2.0
// What the bench polls: isat's data plane, or the floor any responder is held against.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/dpdk/asker.h"
#include "dataplane/result.h"

struct rte_mempool;

namespace isat::bench {

class PolledResponder {
 public:
  virtual ~PolledResponder() = default;
  // One burst from the port; what is not answered is freed.
  virtual void poll() = 0;
  // Frames sent back since the start; an error when there is one that was not.
  [[nodiscard]] virtual Result<std::uint64_t> answered() const = 0;
};

// Announces all the asker may ask for, and serves the port.
[[nodiscard]] Result<std::unique_ptr<PolledResponder>> isat_responder(const std::string& port,
                                                                      rte_mempool& pool,
                                                                      const Asker& asker,
                                                                      std::uint32_t addresses);
// The MAC addresses change places and the frame goes back: looks at nothing.
[[nodiscard]] Result<std::unique_ptr<PolledResponder>> floor_responder(const std::string& port,
                                                                       rte_mempool& pool);

}  // namespace isat::bench
