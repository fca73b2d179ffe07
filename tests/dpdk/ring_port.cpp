// SPDX-License-Identifier: Apache-2.0
// net_ring: what is enqueued on one ring is received, what is sent is enqueued on the other.
#include "tests/dpdk/ring_port.h"

#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_mbuf.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace isat::test {
namespace {

constexpr unsigned kBuffers = 1023;

template <typename T>
T* must(T* made, const char* what) {
  if (made != nullptr) return made;
  std::fprintf(stderr, "no %s: the EAL has no memory for it\n", what);
  std::abort();
}

rte_ring* ring(const std::string& name, unsigned depth) {
  return must(rte_ring_create(name.c_str(), depth, SOCKET_ID_ANY, RING_F_EXACT_SZ), "ring");
}

void fill(rte_mbuf* mbuf, std::span<const std::uint8_t> bytes, bool tailroom) {
  // Not allocated by a driver: whatever is in the buffer must not reach the wire.
  std::memset(mbuf->buf_addr, 0xdb, mbuf->buf_len);
  if (!tailroom) mbuf->data_off = static_cast<std::uint16_t>(mbuf->buf_len - bytes.size());
  std::copy(bytes.begin(), bytes.end(), rte_pktmbuf_mtod(mbuf, std::uint8_t*));
  mbuf->data_len = static_cast<std::uint16_t>(bytes.size());
  mbuf->pkt_len = mbuf->data_len;
}

}  // namespace

RingPort::RingPort(const std::string& name, unsigned depth)
    : name_("net_ring_" + name),
      pool_(must(rte_pktmbuf_pool_create(name.c_str(), kBuffers, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
                                         SOCKET_ID_ANY),
                 "pool")),
      in_(ring(name + "_in", depth)),
      out_(ring(name + "_out", depth)) {
  must(rte_eth_from_rings(name.c_str(), &in_, 1, &out_, 1, 0) < 0 ? nullptr : this, "port");
}

RingPort::~RingPort() {
  static_cast<void>(pull());
  static_cast<void>(rte_eal_hotplug_remove("vdev", name_.c_str()));
  rte_ring_free(in_);
  rte_ring_free(out_);
  rte_mempool_free(pool_);
}

Interface RingPort::interface(InterfaceIndex index) const {
  Interface interface;
  interface.index = index;
  interface.name = name_;
  return interface;
}

bool RingPort::push(const frames::Frame& frame, const Shape& shape) {
  const std::span<const std::uint8_t> bytes(frame);
  const bool split = shape.first_segment != 0 && shape.first_segment < frame.size();
  rte_mbuf* mbuf = must(rte_pktmbuf_alloc(pool_), "buffer");
  fill(mbuf, split ? bytes.first(shape.first_segment) : bytes, shape.tailroom);
  if (split) {
    rte_mbuf* rest = must(rte_pktmbuf_alloc(pool_), "buffer");
    fill(rest, bytes.subspan(shape.first_segment), shape.tailroom);
    static_cast<void>(rte_pktmbuf_chain(mbuf, rest));
  }
  if (shape.hidden_tci) {
    mbuf->vlan_tci = *shape.hidden_tci;
    mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  }
  if (rte_ring_enqueue(in_, mbuf) == 0) return true;
  rte_pktmbuf_free(mbuf);
  return false;
}

std::optional<std::pair<frames::Frame, std::uint64_t>> RingPort::pull_one() {
  void* found = nullptr;
  if (rte_ring_dequeue(out_, &found) != 0) return std::nullopt;
  auto* mbuf = static_cast<rte_mbuf*>(found);
  std::pair frame{bytes_of(mbuf), mbuf->ol_flags};
  rte_pktmbuf_free(mbuf);
  return frame;
}

std::vector<frames::Frame> RingPort::pull() {
  std::vector<frames::Frame> all;
  while (auto one = pull_one()) all.push_back(std::move(one->first));
  return all;
}

frames::Frame bytes_of(const rte_mbuf* mbuf) {
  frames::Frame frame;
  for (const auto* segment = mbuf; segment != nullptr; segment = segment->next) {
    const auto* start = rte_pktmbuf_mtod(segment, const std::uint8_t*);
    frame.insert(frame.end(), start, start + segment->data_len);
  }
  return frame;
}

}  // namespace isat::test
