// SPDX-License-Identifier: Apache-2.0
// How a writer knows that the polling thread let go of what it took away (DPDK's RCU, quiescent
// state based).
#pragma once

#include <cstdlib>
#include <memory>

struct rte_rcu_qsbr;

namespace isat::dpdk {

class Readers {
 public:
  Readers();

  // Returns when the polling thread holds nothing it found before this call: at once when none
  // polls.
  void wait();

  // The polling thread, one at a time: between begin() and end() writers wait for its
  // pass_quiescent(), where it holds nothing.
  void begin();
  void pass_quiescent();
  void end();

 private:
  struct Free {
    void operator()(rte_rcu_qsbr* state) const { std::free(state); }
  };
  std::unique_ptr<rte_rcu_qsbr, Free> state_;
};

// The polling thread's part, begun and ended with this object.
class Reading {
 public:
  explicit Reading(Readers& readers) : readers_(readers) { readers_.begin(); }
  ~Reading() { readers_.end(); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  Readers& readers_;
};

}  // namespace isat::dpdk
