// SPDX-License-Identifier: Apache-2.0
// One sampled frame and its answer on one line.
#include "control/frame_line.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "bpf/wire.h"
#include "dataplane/address.h"
#include "dataplane/outcome.h"

namespace isat {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <std::size_t N>
std::array<std::uint8_t, N> array_at(const Bytes& bytes, std::size_t at) {
  std::array<std::uint8_t, N> part{};
  std::memcpy(part.data(), bytes.data() + at, N);
  return part;
}

MacAddress mac_at(const Bytes& bytes, std::size_t at) {
  return {array_at<6>(bytes, at)};
}

// Behind the Ethernet header, and a tag where there is one.
std::size_t network_header(const Bytes& bytes) {
  const auto type = load16(bytes.data() + ETHERNET_TYPE);
  const bool tagged = type == ETHERTYPE_8021Q || type == ETHERTYPE_8021AD;
  return tagged ? ETHERNET_SIZE + TAG_SIZE : ETHERNET_SIZE;
}

std::string arp_sentence(const Bytes& bytes, std::size_t at) {
  const auto sender = Address::v4(array_at<4>(bytes, at + ARP_SENDER_PROTOCOL)).to_string();
  const auto target = Address::v4(array_at<4>(bytes, at + ARP_TARGET_PROTOCOL)).to_string();
  const auto mac = mac_at(bytes, at + ARP_SENDER_HARDWARE).to_string();
  const bool asks = load16(bytes.data() + at + ARP_OPERATION) == ARP_REQUEST && sender != target;
  return asks ? mac + " at " + sender + " asks for " + target : mac + " says it has " + sender;
}

std::string nd_sentence(const Bytes& bytes, std::size_t at) {
  const auto sender = Address::v6(array_at<16>(bytes, at + IPV6_SOURCE)).to_string();
  const auto target = Address::v6(array_at<16>(bytes, at + IPV6_SIZE + ND_TARGET)).to_string();
  const auto mac = mac_at(bytes, ETHERNET_SOURCE).to_string();
  return bytes[at + IPV6_SIZE] == ND_SOLICITATION ? mac + " at " + sender + " asks for " + target
                                                  : mac + " says it has " + target;
}

std::string sentence(const FrameSample& sample) {
  const auto& bytes = sample.frame.bytes;
  const auto at = bytes.size() < ETHERNET_SIZE ? 0 : network_header(bytes);
  if (at > 0 && sample.family == FAMILY_ARP && bytes.size() >= at + ARP_SIZE) {
    return arp_sentence(bytes, at);
  }
  if (at > 0 && sample.family == FAMILY_NDP && bytes.size() >= at + IPV6_SIZE + ND_SIZE) {
    return nd_sentence(bytes, at);
  }
  return fmt::format("a frame of {} bytes", sample.frame.length_on_wire);
}

// Where the answer says that the address is. Whatever was asked, we send it from there.
std::string answered_by(const SampledBytes& answer) {
  return answer.bytes.size() < ETHERNET_SIZE ? "?"
                                             : mac_at(answer.bytes, ETHERNET_SOURCE).to_string();
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

std::string frame_text(const FrameSample& sample, const std::string& interface, WallTime when) {
  return fmt::format("{} {} {} {}: {}{}", time_text(when), interface, family_name(sample.family),
                     outcome_name(sample.outcome), sentence(sample),
                     sample.answer ? "; it is at " + answered_by(*sample.answer) : "");
}

std::string frame_json(const FrameSample& sample, const std::string& interface, WallTime when) {
  nlohmann::ordered_json object = {{"time", time_text(when)},
                                   {"interface", interface},
                                   {"ifindex", sample.interface},
                                   {"family", family_name(sample.family)},
                                   {"outcome", outcome_name(sample.outcome)},
                                   {"what", sentence(sample)},
                                   {"frame", hex(sample.frame.bytes)}};
  if (sample.answer) {
    object["answered_by"] = answered_by(*sample.answer);
    object["answer"] = hex(sample.answer->bytes);
  }
  return object.dump();
}

}  // namespace isat
