// SPDX-License-Identifier: Apache-2.0
// Questions that carry their own number, and what is heard in return.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tests/frames/frame.h"

namespace isat {

// An ARP request or a multicast neighbour solicitation. Its number is in the sender's protocol
// address, which an answer must repeat: so each answer says which question it is for. Senders are
// out of 10.128.0.0/9 and fd69:7361:7400::/64, to which no host here has a route.
[[nodiscard]] frames::Frame question(const Address& target, const MacAddress& client,
                                     std::uint32_t number);

struct Heard {
  Address target;
  MacAddress holder;  // the link-layer address that is claimed, not the one that sent the frame
  // The low bits of the question's number, as many as `mask` says; absent = an announcement.
  std::optional<std::uint32_t> number;
  std::uint32_t mask = 0;
};

// Of a frame that came in; nothing when it is neither an answer to one of our questions nor an
// announcement.
[[nodiscard]] std::optional<Heard> hear(std::span<const std::uint8_t> frame);

// The last question of these low bits, when `latest` was the last of all.
[[nodiscard]] std::uint32_t full_number(const Heard& heard, std::uint32_t latest);

}  // namespace isat
