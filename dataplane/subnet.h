// SPDX-License-Identifier: Apache-2.0
// An interface's own subnet: an address and how many of its leading bits the neighbours share.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/address.h"

namespace isat {

struct Subnet {
  Address address;      // any of the subnet
  unsigned length = 0;  // bits, at most those of the family

  // Accepts what to_string() writes.
  [[nodiscard]] static std::optional<Subnet> parse(std::string_view text);

  [[nodiscard]] bool contains(const Address& other) const;
  [[nodiscard]] Subnet network() const;         // with its lowest address
  [[nodiscard]] std::string to_string() const;  // "192.0.2.1/24", with the address as it is

  auto operator<=>(const Subnet&) const = default;
};

}  // namespace isat
