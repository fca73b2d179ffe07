// SPDX-License-Identifier: Apache-2.0
// Fills maps through the data plane's own door, so that what is measured is what a speaker would
// leave.
#include "bench/announced_set.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include "bpf/wire.h"
#include "dataplane/announced_maps.h"

namespace isat::bench {
namespace {

constexpr std::uint32_t kNetwork = ETHERNET_SIZE;  // where the network header begins
constexpr std::uint32_t kFirst = 0x0a000000;       // 10.0.0.0, or its like in 2001:db8::/96
constexpr std::uint32_t kBeyond = 0x40000000;      // further than any set reaches

Address low_address(Family family, std::uint32_t low) {
  std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
  const std::size_t at = family == Family::kIpv4 ? 0 : 12;
  for (std::size_t i = 0; i < 4; i++) {
    bytes[at + i] = static_cast<std::uint8_t>(low >> (24 - 8 * i));
  }
  if (family == Family::kIpv6) return Address::v6(bytes);
  return Address::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

// One's complement sum of 32-bit words as they lie in memory, as bpf/checksum.h has it.
std::uint64_t sum_of(std::span<const std::uint8_t> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sum += word;
  }
  return sum;
}

question ask_arp(const Address& target, bool timed) {
  // As long as every physical sender makes it.
  auto asked =
      ask(frames::padded(frames::arp({.target = target}), kNetwork + ETHERNET_PAYLOAD_MIN));
  asked.target = kNetwork + ARP_TARGET_PROTOCOL;
  if (timed) asked.stamp = kNetwork + ARP_SENDER_HARDWARE + 2;

  return asked;
}

question ask_nd(const Address& target, bool timed) {
  constexpr std::uint32_t kNd = kNetwork + IPV6_SIZE;
  auto frame = frames::nd({.target = target});
  auto asked = ask(frame);
  asked.target = kNd + ND_TARGET + 12;
  asked.group = kNetwork + IPV6_DESTINATION + 12;
  asked.checksum = kNd + ND_CHECKSUM;
  if (timed) {
    asked.stamp = kNd + ND_SIZE + 4;  // within the source link-layer option
    std::fill_n(frame.begin() + asked.stamp, 4, std::uint8_t{0});
  }
  std::fill_n(frame.begin() + asked.target, 4, std::uint8_t{0});
  std::fill_n(frame.begin() + asked.group, 4, std::uint8_t{0});
  std::fill_n(frame.begin() + asked.checksum, 2, std::uint8_t{0});
  const auto length = static_cast<std::uint32_t>(frame.size()) - kNd;
  asked.sum = sum_of(std::span<const std::uint8_t>(frame).subspan(kNetwork + IPV6_SOURCE)) +
              BE32(length) + BE32(NEXT_HEADER_ICMPV6);
  return asked;
}

}  // namespace

Address AddressSet::address(std::uint32_t i) const {
  return low_address(family, kFirst + (i << stride));
}

Result<AnnouncedSet> AnnouncedSet::create(const AddressSet& set) {
  auto maps = ResponderMaps::create(set.capacity());
  if (!maps) return tl::unexpected(maps.error());
  AnnouncedSet result(std::move(*maps));
  auto announced = AnnouncedMaps::take_over(result.maps_);
  if (!announced) return tl::unexpected(announced.error());
  for (std::uint32_t i = 0; i < set.count; i++) {
    if (auto done = announced->announce({{set.address(i), kInterface}, frames::kOurs}); !done) {
      return tl::unexpected(done.error());
    }
  }
  return result;
}

Result<FileDescriptor> AnnouncedSet::program(Hook hook) const {
  return ResponderObject::load_program(hook, {kInterface, 0, false, false}, maps_);
}

Result<std::uint64_t> AnnouncedSet::counted(isat_family family, isat_outcome outcome) const {
  const std::uint32_t index = static_cast<std::uint32_t>(family) * OUTCOME_COUNT + outcome;
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  if (bpf_map_lookup_elem(maps_.descriptor("outcomes"), &index, per_cpu.data()) != 0) {
    return fail_errno("read map", "outcomes");
  }
  return std::accumulate(per_cpu.begin(), per_cpu.end(), std::uint64_t{0});
}

question ask(const frames::Frame& frame) {
  question asked{};
  asked.length = static_cast<__u32>(frame.size());
  std::copy(frame.begin(), frame.end(), asked.bytes);
  return asked;
}

question ask_any_of(const AddressSet& set, bool miss, bool timed) {
  const std::uint32_t first = kFirst + (miss ? kBeyond : 0);
  const auto target = low_address(set.family, first);
  auto asked = set.family == Family::kIpv4 ? ask_arp(target, timed) : ask_nd(target, timed);
  asked.first = first;
  asked.mask = set.count - 1;
  asked.stride = set.stride;
  asked.seed = 1;
  return asked;
}

}  // namespace isat::bench
