// SPDX-License-Identifier: Apache-2.0
// Asks the link who has an address, as one who has none himself, and hears who answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/address.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

struct ProbeAnswer {
  MacAddress mac;                   // the one claimed for the address
  std::chrono::microseconds after;  // the question was sent

  bool operator==(const ProbeAnswer&) const = default;
};

// Sends one ARP probe (RFC 5227 §2.1.1) or one solicitation as for duplicate address detection
// (RFC 4862 §5.4.2) from `interface`: nobody's cache learns from either. Waits
// for the whole of `patience`, because a second answer is what we look for. The first answer of
// each MAC, in the order they came. This node's own responder does not see what its interface
// sends, and so does not answer there. Needs CAP_NET_RAW.
[[nodiscard]] Result<std::vector<ProbeAnswer>> probe(const Interface& interface,
                                                     const Address& address,
                                                     std::chrono::milliseconds patience);

// The MAC an answer claims for `address`; nothing if the frame is no answer about it.
[[nodiscard]] std::optional<MacAddress> answering_mac(std::span<const std::uint8_t> frame,
                                                      const Address& address);

}  // namespace isat
