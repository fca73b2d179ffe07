// SPDX-License-Identifier: Apache-2.0
// Configures, starts and stops a port.
#include "dataplane/dpdk/port.h"

#include <rte_ethdev.h>

namespace isat::dpdk {
namespace {

constexpr std::uint16_t kDescriptors = 512;
constexpr std::uint16_t kQueue = 0;

Result<void> done(const char* operation, const std::string& port, int code) {
  if (code == 0) return {};
  return fail_errno(operation, "DPDK port " + port, -code);
}

}  // namespace

Result<std::unique_ptr<Port>> Port::start(const Interface& interface, rte_mempool& pool) {
  std::uint16_t id = 0;
  if (rte_eth_dev_get_port_by_name(interface.name.c_str(), &id) != 0)
    return fail("attach " + interface.name +
                    ": no such DPDK port; name one in an EAL argument, "
                    "for instance --vdev or --allow",
                ENODEV);
  std::unique_ptr<Port> port(new Port(interface, id));
  if (auto configured = port->configure(pool); !configured)
    return tl::unexpected(configured.error());
  return port;
}

Result<void> Port::configure(rte_mempool& pool) const {
  const rte_eth_conf plain{};
  std::uint16_t receive = kDescriptors;
  std::uint16_t transmit = kDescriptors;
  const auto where = static_cast<unsigned>(rte_eth_dev_socket_id(id_));  // -1 stays "any"
  if (auto set = done("configure", name_, rte_eth_dev_configure(id_, 1, 1, &plain)); !set)
    return set;
  if (auto set = done("size the queues of", name_,
                      rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive, &transmit));
      !set)
    return set;
  if (auto set = done("set up the receive queue of", name_,
                      rte_eth_rx_queue_setup(id_, kQueue, receive, where, nullptr, &pool));
      !set)
    return set;
  if (auto set = done("set up the transmit queue of", name_,
                      rte_eth_tx_queue_setup(id_, kQueue, transmit, where, nullptr));
      !set)
    return set;
  if (auto set = done("start", name_, rte_eth_dev_start(id_)); !set) return set;
  // Solicitations go to a group per address. A port without such a filter has nothing to switch.
  const int joined = rte_eth_allmulticast_enable(id_);
  return done("receive all groups at", name_, joined == -ENOTSUP ? 0 : joined);
}

Port::~Port() {
  // It may never have started: then there is nothing to stop, and nobody to tell.
  static_cast<void>(rte_eth_dev_stop(id_));
}

std::size_t Port::receive(std::span<rte_mbuf*> frames) const {
  return rte_eth_rx_burst(id_, kQueue, frames.data(), static_cast<std::uint16_t>(frames.size()));
}

void Port::send(std::span<rte_mbuf*> frames) {
  const auto wanted = static_cast<std::uint16_t>(frames.size());
  const auto sent = rte_eth_tx_burst(id_, kQueue, frames.data(), wanted);
  if (sent == wanted) [[likely]]
    return;
  const auto unsent = frames.subspan(sent);
  rte_pktmbuf_free_bulk(unsent.data(), static_cast<unsigned>(unsent.size()));
  count(unsent_, unsent.size());
}

}  // namespace isat::dpdk
