// SPDX-License-Identifier: Apache-2.0
// Why the table is our own: the same random look-ups in it and in DPDK's hash.
#include <rte_hash.h>
#include <rte_hash_crc.h>

#include <array>
#include <memory>
#include <numeric>

#include "bench/dpdk/measurement.h"
#include "bench/dpdk/stopwatch.h"
#include "dataplane/dpdk/announced_table.h"
#include "dataplane/dpdk/burst_responder.h"

namespace isat::bench {
namespace {

using dpdk::kBurst;
using dpdk::V4;
constexpr std::size_t kLap = 64;  // bursts

// Where a look-up's result goes, so that none is left out.
volatile std::uint64_t sink;

struct FreeHash {
  void operator()(rte_hash* hash) const { rte_hash_free(hash); }
};

// Times look_up(burst) over random addresses of the pool; cycles for one address.
template <typename LookUp>
double time(const Trial& trial, LookUp look_up) {
  std::uint32_t random = 1;
  std::array<std::array<V4, kBurst>, kLap> bursts;
  Stopwatch watch(trial.seconds / 2);
  while (watch.running()) {
    for (auto& burst : bursts) {
      for (auto& address : burst) {
        random = random * 1664525 + 1013904223;
        address = BE32(10U << 24 | (random >> 8 & (trial.addresses - 1)));
      }
    }
    watch.begin_lap();
    for (const auto& burst : bursts) sink = sink + look_up(burst);
    watch.end_lap();
  }
  return watch.median_lap() / (kLap * kBurst);
}

}  // namespace

Result<LookupCycles> measure_lookups(const Trial& trial) {
  dpdk::Readers readers;
  dpdk::AnnouncedTable<V4> table(readers);
  rte_hash_parameters parameters{};
  parameters.name = "lookup";
  parameters.entries = 2 * trial.addresses + 8;  // as much room as ours has
  parameters.key_len = sizeof(V4);
  parameters.hash_func = rte_hash_crc;
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
  const std::unique_ptr<rte_hash, FreeHash> hash(rte_hash_create(&parameters));
  if (!hash) return fail("create an rte_hash: the EAL has no memory for it");
  for (std::uint32_t index = 0; index < trial.addresses; index++) {
    const V4 address = BE32(10U << 24 | index);
    table.announce(address, 1, index / ANNOUNCED_PAGE_SIZE * ANNOUNCED_PAGE_SIZE);
    if (rte_hash_add_key_data(hash.get(), &address, reinterpret_cast<void*>(std::uintptr_t{1})) !=
        0)
      return fail("fill an rte_hash: it refused a key");
  }

  LookupCycles cycles;
  cycles.ours = time(trial, [&](const std::array<V4, kBurst>& burst) {
    const auto& pages = table.pages();
    std::uint64_t sum = 0;
    for (const V4 address : burst) sum += pages.find(address) ? 1 : 0;
    return sum;
  });
  cycles.rte_hash = time(trial, [&](const std::array<V4, kBurst>& burst) {
    std::array<const void*, kBurst> keys;
    std::array<void*, kBurst> data;
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < kBurst; i++) keys[i] = &burst[i];
    rte_hash_lookup_bulk_data(hash.get(), keys.data(), kBurst, &hits, data.data());
    return hits & reinterpret_cast<std::uintptr_t>(data[0]);
  });
  return cycles;
}

}  // namespace isat::bench
