// SPDX-License-Identifier: Apache-2.0
// DPDK's edge of the responder: what a frame is, in an mbuf, and where its announcement is found.
#include "dataplane/dpdk/burst_responder.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "bpf/announced.h"
#include "bpf/ndp.h"
#include "bpf/wire.h"

namespace isat::dpdk {
namespace {

// Counters to be raised when the burst is done: then their cache misses wait for each other's
// company only.
using Credits = std::array<Counter*, kBurst>;

// Outcomes to be counted: a run of the same ones, which is what bursts are made of, by one
// addition.
class Tally {
 public:
  explicit Tally(OutcomeCounters& counters) : counters_(counters) {}
  ~Tally() { flush(); }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  void count(isat_family family, isat_outcome outcome) {
    if (family != family_ || outcome != outcome_) [[unlikely]] {
      flush();
      family_ = family;
      outcome_ = outcome;
    }
    ++frames_;
  }

 private:
  void flush() { counters_.count(family_, outcome_, std::exchange(frames_, 0)); }

  OutcomeCounters& counters_;
  isat_family family_ = FAMILY_OTHER;
  isat_outcome outcome_ = OUTCOME_OTHER_TRAFFIC;
  std::uint64_t frames_ = 0;
};

struct frame {
  unsigned char* start;
  unsigned char* end;
  rte_mbuf* mbuf;
  const BurstState& state;
  bool deadline_passed;
  Counter* credited;  // the answer's; null while there is none
  // Of the announcement found last: what its page notes of yields, and its place there.
  std::atomic<Places>* yielded;
  unsigned place;
  isat_family family;  // what it was, and what became of it
  isat_outcome outcome;
  nd_sender sender{};
};

ISAT_INLINE void point_into(struct frame* frame) {
  frame->start = rte_pktmbuf_mtod(frame->mbuf, unsigned char*);
  frame->end = frame->start + rte_pktmbuf_data_len(frame->mbuf);
}

ISAT_INLINE unsigned char* frame_start(struct frame* frame) {
  return frame->start;
}

ISAT_INLINE const unsigned char* frame_end(struct frame* frame) {
  return frame->end;
}

ISAT_INLINE nd_sender* sender_of(struct frame* frame) {
  return &frame->sender;
}

ISAT_INLINE enum hidden_tag hidden_tag(struct frame* frame) {
  const auto flags = frame->mbuf->ol_flags;
  if (!(flags & (RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED)))
    return HIDDEN_TAG_NONE;
  if (flags & RTE_MBUF_F_RX_QINQ_STRIPPED) return HIDDEN_TAG_VLAN;
  return (frame->mbuf->vlan_tci & 0x0fff) == 0 ? HIDDEN_TAG_PRIORITY : HIDDEN_TAG_VLAN;
}

template <typename Key>
ISAT_INLINE bool take(struct frame* frame, const Found<Key>& found, struct announced* announced) {
  if (!found) return false;
  frame->yielded = &found.page->yielded;
  frame->place = found.place;
  announced->mac = found.mac();
  announced->slot = found.slot();
  return true;
}

ISAT_INLINE V6 load_v6(const unsigned char* address) {
  V6 key;
  std::memcpy(key.words, address, sizeof key.words);
  return key;
}

ISAT_INLINE bool find_v4(struct frame* frame, const unsigned char* address,
                         struct announced* announced) {
  return take(frame, frame->state.v4.find(load32(address)), announced);
}

ISAT_INLINE bool find_v6(struct frame* frame, const unsigned char* address,
                         struct announced* announced) {
  return take(frame, frame->state.v6.find(load_v6(address)), announced);
}

ISAT_INLINE bool has_yielded(struct frame* frame, const struct announced*) {
  return frame->yielded->load(std::memory_order_relaxed) >> frame->place & 1;
}

ISAT_INLINE void yield(struct frame* frame, const struct announced*) {
  frame->yielded->fetch_or(Places{1} << frame->place);
}

ISAT_INLINE bool deadline_passed(struct frame* frame) {
  return frame->deadline_passed;
}
ISAT_INLINE bool strict(struct frame* frame) {
  return frame->state.policy.silent_after_deadline;
}
ISAT_INLINE bool observing(struct frame* frame) {
  return frame->state.policy.observe;
}

// Every answer is shorter than what make_linear() put into the first segment of several.
ISAT_INLINE int resize(struct frame* frame, unsigned int length) {
  rte_mbuf* mbuf = frame->mbuf;
  if (length > rte_pktmbuf_data_len(mbuf)) {
    const auto more = static_cast<std::uint16_t>(length - rte_pktmbuf_data_len(mbuf));
    if (rte_pktmbuf_append(mbuf, more) == nullptr) return -1;
  } else {
    rte_pktmbuf_free(mbuf->next);  // the rest of a trailer
    mbuf->next = nullptr;
    mbuf->nb_segs = 1;
    mbuf->data_len = static_cast<std::uint16_t>(length);
    mbuf->pkt_len = length;
  }
  point_into(frame);
  return 0;
}

ISAT_INLINE int read_byte(struct frame* frame, unsigned int offset) {
  unsigned char byte = 0;
  const void* at = rte_pktmbuf_read(frame->mbuf, offset, sizeof byte, &byte);
  return at == nullptr ? -1 : *static_cast<const unsigned char*>(at);
}

ISAT_INLINE void credit(struct frame* frame, const struct announced* announced) {
  frame->credited = &frame->state.answered[announced->slot];
  __builtin_prefetch(frame->credited, 1);
}

// Rare, and out of the way: takes no frame, which may so stay in registers.
[[gnu::noinline]] void push_event(const BurstState& state, enum event_kind kind, isat_family family,
                                  std::uint32_t slot, mac_t mac,
                                  const std::array<std::uint64_t, 2>& address) {
  struct event event {};
  event.boot_ns = state.clock().count();
  event.ifindex = state.interface;
  event.slot = slot;
  event.kind = static_cast<std::uint8_t>(kind);
  event.family = static_cast<std::uint8_t>(family);
  store_mac(event.mac, mac);
  std::memcpy(event.address, address.data(), sizeof event.address);
  state.events.push(event);
}

ISAT_INLINE void report(struct frame* frame, enum event_kind kind, enum isat_family family,
                        const struct announced* announced, mac_t mac, std::uint64_t address,
                        std::uint64_t rest) {
  push_event(frame->state, kind, family, static_cast<std::uint32_t>(announced->slot), mac,
             {address, rest});
}

// Whether it is an answer now. respond_to() counts it: one addition's code at every end made NDP
// slower.
ISAT_INLINE int finish(struct frame* frame, isat_family family, isat_outcome outcome) {
  frame->family = family;
  frame->outcome = outcome;
  return outcome == OUTCOME_ANSWERED && !frame->state.policy.observe;
}

#include "bpf/respond.h"

bool may_be_ours(const rte_mbuf* mbuf) {
  if (rte_pktmbuf_data_len(mbuf) < ETHERNET_SIZE) return true;
  const auto type = load16(rte_pktmbuf_mtod_offset(mbuf, const unsigned char*, ETHERNET_TYPE));
  return type == ETHERTYPE_ARP || type == ETHERTYPE_IPV6 || is_tag(type);
}

// False when several segments hold what the transforms must see in one, and the first is too small.
bool make_linear(rte_mbuf* mbuf) {
  constexpr std::size_t kReach = ETHERNET_SIZE + TAG_SIZE + IPV6_SIZE + ND_MESSAGE_MAX;
  return mbuf->nb_segs == 1 || rte_pktmbuf_data_len(mbuf) >= kReach || !may_be_ours(mbuf) ||
         rte_pktmbuf_linearize(mbuf) == 0;
}

// True = it is an answer now. `credited` is the counter to raise, null when there is none.
ISAT_INLINE bool respond_to(const BurstState& state, Tally& tally, bool deadline_passed,
                            rte_mbuf* mbuf, Counter*& credited) {
  if (!make_linear(mbuf)) {
    tally.count(FAMILY_OTHER, OUTCOME_NO_ROOM);
    return false;
  }
  struct frame frame {
    nullptr, nullptr, mbuf, state, deadline_passed, nullptr, nullptr, 0, {}, {}
  };
  point_into(&frame);
  const bool is_answer = respond(&frame) != 0;
  tally.count(frame.family, frame.outcome);
  credited = frame.credited;
  // A14: a priority tag that the port took out goes back with the answer.
  if (is_answer && (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED))
    mbuf->ol_flags |= RTE_MBUF_F_TX_VLAN;
  return is_answer;
}

}  // namespace

std::size_t respond_to_burst(const BurstState& state, std::span<rte_mbuf*> frames) {
  for (const auto* mbuf : frames) rte_prefetch0(rte_pktmbuf_mtod(mbuf, const void*));

  // One look at the clock for a burst, and none without a deadline.
  const bool late = state.deadline.count() != 0 && state.clock() > state.deadline;
  Credits credits;
  std::size_t credited = 0;
  Tally tally(state.outcomes);
  std::array<rte_mbuf*, kBurst> passed;
  std::size_t answers = 0;
  std::size_t passes = 0;
  for (auto* mbuf : frames) {
    Counter* counter = nullptr;
    const bool is_answer = respond_to(state, tally, late, mbuf, counter);
    credits[credited] = counter;
    credited += counter != nullptr;
    if (is_answer)
      frames[answers++] = mbuf;
    else
      passed[passes++] = mbuf;
  }
  for (auto* counter : std::span(credits.data(), credited)) count(*counter);
  std::copy_n(passed.begin(), passes, frames.begin() + static_cast<std::ptrdiff_t>(answers));
  return answers;
}

}  // namespace isat::dpdk
