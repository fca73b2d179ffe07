// SPDX-License-Identifier: Apache-2.0
// What one rtnetlink address message says about one interface's own addresses.
#pragma once

#include <optional>

#include "dataplane/interface.h"
#include "dataplane/subnet.h"

struct nlmsghdr;

namespace isat {

struct AddressMessage {
  InterfaceIndex interface = 0;
  Subnet subnet;  // with the address as it is
  bool gone = false;
};

// Nothing for a message of another type, and for link-local addresses, whose subnet is everywhere.
[[nodiscard]] std::optional<AddressMessage> parse_address_message(const nlmsghdr& message);

}  // namespace isat
