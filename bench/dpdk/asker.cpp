// SPDX-License-Identifier: Apache-2.0
// A question per frame: the template, another target, and for NDP the checksum that goes with it.
#include "bench/dpdk/asker.h"

#include <rte_mbuf.h>

#include <cstring>

#include "bpf/checksum.h"

namespace isat::bench {
namespace {

constexpr std::size_t kArpTarget = 38;
constexpr std::size_t kNdTarget = 62 + 12;  // its last four bytes
constexpr std::size_t kNdChecksum = 56;

}  // namespace

Asker::Asker(Family family, std::uint32_t addresses) : family_(family), mask_(addresses - 1) {
  if (family == Family::kIpv4) {
    question_ = frames::padded(frames::arp({.target = address(0)}), 60);
    return;
  }
  // To the all-nodes group: a group for each target would only be another four bytes to write.
  question_ = frames::nd({.to = frames::kAllNodes, .target = address(0)});
  sum_ = static_cast<__u16>(~load16(question_.data() + kNdChecksum));
}

Address Asker::address(std::uint32_t index) const {
  const __be32 low = BE32(family_ == Family::kIpv4 ? (10U << 24 | index) : index);
  std::array<std::uint8_t, 4> v4;
  std::array<std::uint8_t, 16> v6{0x20, 0x01, 0x0d, 0xb8};
  std::memcpy(v4.data(), &low, sizeof low);
  std::memcpy(v6.data() + 12, &low, sizeof low);
  return family_ == Family::kIpv4 ? Address::v4(v4) : Address::v6(v6);
}

void Asker::ask(std::uint8_t* frame) {
  // George Marsaglia's xorshift: addresses in no order a cache could follow.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  const std::uint32_t index = random_ & mask_;
  std::memcpy(frame, question_.data(), question_.size());
  if (family_ == Family::kIpv4) {
    store32(frame + kArpTarget, BE32(10U << 24 | index));
    return;
  }
  const __be32 target = BE32(index);
  store32(frame + kNdTarget, target);
  store16(frame + kNdChecksum, checksum_finish(sum_ + target));
}

void Asker::ask(std::span<rte_mbuf*> frames) {
  for (auto* mbuf : frames) {
    rte_pktmbuf_reset(mbuf);
    ask(rte_pktmbuf_mtod(mbuf, std::uint8_t*));
    mbuf->data_len = static_cast<std::uint16_t>(question_.size());
    mbuf->pkt_len = mbuf->data_len;
  }
}

}  // namespace isat::bench
