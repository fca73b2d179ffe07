// SPDX-License-Identifier: Apache-2.0
// A DPDK port whose two ends are rings in our hands, and the buffers that go through it.
#pragma once

#include <rte_mempool.h>
#include <rte_ring.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/interface.h"
#include "dataplane/result.h"
#include "tests/frames/frame.h"

struct rte_mbuf;

namespace isat::test {

// How a frame lies in its buffers.
struct Shape {
  std::size_t first_segment = 0;            // bytes of it, the rest in a second one; 0 = all in one
  bool tailroom = true;                     // the last segment has room behind the frame
  std::optional<std::uint16_t> hidden_tci;  // a VLAN tag that the port took out
};

class RingPort {
 public:
  // What the responder has not yet been given, or nobody fetched, is limited to `depth` frames.
  explicit RingPort(const std::string& name, unsigned depth = 64);
  ~RingPort();
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  [[nodiscard]] Interface interface(InterfaceIndex index) const;
  [[nodiscard]] rte_mempool& pool() { return *pool_; }
  // Buffers that nobody gave back.
  [[nodiscard]] unsigned buffers_in_use() const { return rte_mempool_in_use_count(pool_); }

  // False when the ring is full.
  bool push(const frames::Frame& frame, const Shape& shape = {});
  // What was sent back, oldest first.
  [[nodiscard]] std::vector<frames::Frame> pull();
  // The same, with the flags for the port: mbuf's ol_flags.
  [[nodiscard]] std::optional<std::pair<frames::Frame, std::uint64_t>> pull_one();

 private:
  std::string name_;
  rte_mempool* pool_;
  rte_ring* in_;
  rte_ring* out_;
};

// The bytes of all its segments.
[[nodiscard]] frames::Frame bytes_of(const rte_mbuf* mbuf);

}  // namespace isat::test
