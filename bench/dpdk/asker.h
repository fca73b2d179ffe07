// SPDX-License-Identifier: Apache-2.0
// Asks for random addresses of a pool, as many a burst as it is given buffers for.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/announcement.h"
#include "tests/frames/frame.h"

struct rte_mbuf;

namespace isat::bench {

class Asker {
 public:
  // A pool of a power of two of addresses: 10.0.0.0 and on, or 2001:db8:: and on.
  Asker(Family family, std::uint32_t addresses);

  [[nodiscard]] Address address(std::uint32_t index) const;
  // The next question, written over `frame`, which has room for it.
  void ask(std::uint8_t* frame);
  void ask(std::span<rte_mbuf*> frames);
  [[nodiscard]] std::size_t size() const { return question_.size(); }  // of each question

 private:
  Family family_;
  std::uint32_t mask_;
  frames::Frame question_;  // for the first address
  std::uint64_t sum_ = 0;   // of what its checksum covers
  std::uint32_t random_ = 1;
};

}  // namespace isat::bench
