// SPDX-License-Identifier: Apache-2.0
// DPDK's environment (EAL), without the machine's own network cards: started once in a process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataplane/result.h"

namespace isat::dpdk {

class Eal {
 public:
  // In huge pages when that many megabytes of them are free, in ordinary memory otherwise. `more`
  // arguments of EAL's: "--vdev=net_pcap0,rx_pcap=in.pcap". A second start in a process fails.
  [[nodiscard]] static Result<std::unique_ptr<Eal>> start(unsigned megabytes,
                                                          const std::vector<std::string>& more);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  [[nodiscard]] bool in_huge_pages() const { return in_huge_pages_; }

 private:
  explicit Eal(bool in_huge_pages) : in_huge_pages_(in_huge_pages) {}

  bool in_huge_pages_;
};

}  // namespace isat::dpdk
