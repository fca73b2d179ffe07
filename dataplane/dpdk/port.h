// SPDX-License-Identifier: Apache-2.0
// A DPDK port that serves as an interface: one queue each way, started, and stopped with this
// object.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dataplane/dpdk/outcome_counters.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"

struct rte_mbuf;
struct rte_mempool;

namespace isat::dpdk {

class Port {
 public:
  // The port of the interface's name, as EAL knows it ("net_pcap0"). What it receives comes from
  // `pool`.
  [[nodiscard]] static Result<std::unique_ptr<Port>> start(const Interface& interface,
                                                           rte_mempool& pool);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] InterfaceIndex interface() const { return interface_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint16_t id() const { return id_; }

  // The polling thread's. As many frames as are there, into `frames`.
  [[nodiscard]] std::size_t receive(std::span<rte_mbuf*> frames) const;
  // Takes all of them; what the port has no room for is freed and counted.
  void send(std::span<rte_mbuf*> frames);

  [[nodiscard]] std::uint64_t unsent() const { return unsent_.load(std::memory_order_relaxed); }
  OutcomeCounters outcomes;

 private:
  Port(const Interface& interface, std::uint16_t id)
      : interface_(interface.index), name_(interface.name), id_(id) {}
  [[nodiscard]] Result<void> configure(rte_mempool& pool) const;

  InterfaceIndex interface_;
  std::string name_;
  std::uint16_t id_;
  Counter unsent_{0};
};

}  // namespace isat::dpdk
