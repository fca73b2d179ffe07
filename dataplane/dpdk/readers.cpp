// SPDX-License-Identifier: Apache-2.0
// One reader, number 0, of an RCU variable.
#include "dataplane/dpdk/readers.h"

#include <rte_rcu_qsbr.h>

#include <new>

namespace isat::dpdk {
namespace {

constexpr unsigned kReaders = 1;
constexpr unsigned kReader = 0;

rte_rcu_qsbr* allocate() {
  const std::size_t bytes = rte_rcu_qsbr_get_memsize(kReaders);
  void* memory = std::aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(bytes));
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<rte_rcu_qsbr*>(memory);
}

}  // namespace

Readers::Readers() : state_(allocate()) {
  // Neither can fail: the memory is as long as asked for, and the reader's number is in its range.
  static_cast<void>(rte_rcu_qsbr_init(state_.get(), kReaders));
  static_cast<void>(rte_rcu_qsbr_thread_register(state_.get(), kReader));
}

void Readers::wait() {
  rte_rcu_qsbr_synchronize(state_.get(), RTE_QSBR_THRID_INVALID);
}

void Readers::begin() {
  rte_rcu_qsbr_thread_online(state_.get(), kReader);
}

void Readers::pass_quiescent() {
  rte_rcu_qsbr_quiescent(state_.get(), kReader);
}

void Readers::end() {
  rte_rcu_qsbr_thread_offline(state_.get(), kReader);
}

}  // namespace isat::dpdk
