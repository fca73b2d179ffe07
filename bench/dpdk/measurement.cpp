// SPDX-License-Identifier: Apache-2.0
// A responder, polled, and what it answers in a while.
#include "bench/dpdk/measurement.h"

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "bench/dpdk/stopwatch.h"
#include "bpf/wire.h"
#include "dataplane/dpdk/burst_responder.h"
#include "dataplane/dpdk/port.h"

namespace isat::bench {
namespace {

using dpdk::kBurst;
constexpr std::size_t kTurn = 64 * kBurst;

rte_ring* ring(const char* name) {
  return rte_ring_create(name, 2 * kTurn, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

// Of this thread: what others take of the core is not in it.
double cpu_seconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

bool is_answer(const rte_mbuf* mbuf) {
  const auto* start = rte_pktmbuf_mtod(mbuf, const unsigned char*);
  const auto type = load16(start + ETHERNET_TYPE);
  const auto* body = start + ETHERNET_SIZE;
  return type == ETHERTYPE_ARP ? load16(body + ARP_OPERATION) == ARP_REPLY
                               : type == ETHERTYPE_IPV6 && body[IPV6_SIZE] == ND_ADVERTISEMENT;
}

}  // namespace

Result<std::unique_ptr<PolledResponder>> responder_of(const Trial& trial, const std::string& port,
                                                      rte_mempool& pool) {
  if (trial.floor) return floor_responder(port, pool);
  return isat_responder(port, pool, Asker(trial.family, trial.addresses), trial.addresses);
}

Result<Measurement> measure_turns(const Trial& trial, rte_mempool& pool) {
  Asker asker(trial.family, trial.addresses);
  rte_ring* in = ring("asked");
  rte_ring* out = ring("answered");
  std::array<rte_mbuf*, kTurn> turn;
  if (in == nullptr || out == nullptr || rte_eth_from_rings("turns", &in, 1, &out, 1, 0) < 0 ||
      rte_pktmbuf_alloc_bulk(&pool, turn.data(), kTurn) != 0)
    return fail("make a port of rings: the EAL has no memory for it");
  auto responder = responder_of(trial, "net_ring_turns", pool);
  if (!responder) return tl::unexpected(responder.error());

  auto* const objects = reinterpret_cast<void**>(turn.data());
  Stopwatch watch(trial.seconds);
  while (watch.running()) {
    asker.ask(turn);
    rte_ring_enqueue_bulk(in, objects, kTurn, nullptr);
    watch.begin_lap();
    for (std::size_t burst = 0; burst < kTurn / kBurst; burst++) (*responder)->poll();
    watch.end_lap();
    if (rte_ring_dequeue_bulk(out, objects, kTurn, nullptr) != kTurn)
      return fail("answer every frame: some did not come back");
  }
  const double cycles = watch.median_lap() / kTurn;
  return Measurement{Stopwatch::hertz() / cycles, cycles};
}

Result<Measurement> measure_port(const Trial& trial, const std::string& port, rte_mempool& pool) {
  auto responder = responder_of(trial, port, pool);
  if (!responder) return tl::unexpected(responder.error());
  const Stopwatch watch(trial.seconds);
  const double before = cpu_seconds();
  while (watch.running()) {
    for (std::size_t burst = 0; burst < kTurn / kBurst; burst++) (*responder)->poll();
  }
  const double took = cpu_seconds() - before;
  const auto answered = (*responder)->answered();
  if (!answered) return tl::unexpected(answered.error());
  const auto frames = static_cast<double>(*answered);
  return Measurement{frames / took, took / frames * Stopwatch::hertz()};
}

Result<Measurement> measure_answers(const Trial& trial, const std::string& port,
                                    rte_mempool& pool) {
  Interface interface;
  interface.name = port;
  auto started = dpdk::Port::start(interface, pool);
  if (!started) return tl::unexpected(started.error());
  Asker asker(trial.family, trial.addresses);
  std::array<rte_mbuf*, kBurst> room;
  // Asks a burst and takes a burst; returns how many answers came.
  const auto go_round = [&]() -> std::uint64_t {
    if (rte_pktmbuf_alloc_bulk(&pool, room.data(), kBurst) == 0) {
      asker.ask(room);
      (*started)->send(room);
    }
    const std::span came(room.data(), (*started)->receive(room));
    const auto answers = std::count_if(came.begin(), came.end(), is_answer);
    rte_pktmbuf_free_bulk(came.data(), static_cast<unsigned>(came.size()));
    return static_cast<std::uint64_t>(answers);
  };
  const Stopwatch patience(5);
  while (go_round() == 0) {
    if (!patience.running()) return fail("ask at " + port + ": no answer within 5 seconds");
  }
  const Stopwatch watch(trial.seconds);
  const auto before = rte_rdtsc();
  std::uint64_t answers = 0;
  while (watch.running()) answers += go_round();
  const auto took = static_cast<double>(rte_rdtsc() - before);
  const auto frames = static_cast<double>(answers);
  return Measurement{frames / took * Stopwatch::hertz(), took / frames};
}

}  // namespace isat::bench
