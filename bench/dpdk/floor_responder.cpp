// SPDX-License-Identifier: Apache-2.0
// The least a responder can do: what receiving and sending cost by themselves.
#include <rte_mbuf.h>

#include <array>

#include "bench/dpdk/polled_responder.h"
#include "bpf/wire.h"
#include "dataplane/dpdk/burst_responder.h"
#include "dataplane/dpdk/port.h"

namespace isat::bench {
namespace {

class FloorResponder : public PolledResponder {
 public:
  explicit FloorResponder(std::unique_ptr<dpdk::Port> port) : port_(std::move(port)) {}

  void poll() override {
    std::array<rte_mbuf*, dpdk::kBurst> room;
    const std::span frames(room.data(), port_->receive(room));
    if (frames.empty()) return;
    for (auto* mbuf : frames) {
      auto* start = rte_pktmbuf_mtod(mbuf, unsigned char*);
      const auto destination = load_mac(start + ETHERNET_DESTINATION);
      store_mac(start + ETHERNET_DESTINATION, load_mac(start + ETHERNET_SOURCE));
      store_mac(start + ETHERNET_SOURCE, destination);
    }
    sent_ += frames.size();
    port_->send(frames);
  }
  Result<std::uint64_t> answered() const override { return sent_ - port_->unsent(); }

 private:
  std::unique_ptr<dpdk::Port> port_;
  std::uint64_t sent_ = 0;
};

}  // namespace

Result<std::unique_ptr<PolledResponder>> floor_responder(const std::string& port,
                                                         rte_mempool& pool) {
  Interface interface;
  interface.name = port;
  auto started = dpdk::Port::start(interface, pool);
  if (!started) return tl::unexpected(started.error());
  return std::make_unique<FloorResponder>(std::move(*started));
}

}  // namespace isat::bench
