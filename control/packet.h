// SPDX-License-Identifier: Apache-2.0
// A packet that nobody has sent: what is known of it, and whether the condition of a rule holds.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "dataplane/address.h"

namespace isat {

// Ordered, so that the lesser of two is "both" and the greater "either".
enum class Sure { kNo, kPerhaps, kYes };

// The first packet of a connection, from some client, to some port.
struct Packet {
  Family family = Family::kIpv4;
  std::optional<Address> destination;  // absent = translated to where cannot be seen
  std::string in;                      // the interface it came by
  std::string out;                     // and leaves by; empty = not known
  bool translated = false;             // its destination was another
};

// The elements of the set or map of this name.
using SetElements = std::function<const nlohmann::json&(const std::string& name)>;

// Of a `match` statement. What is not understood is kPerhaps.
[[nodiscard]] Sure matches(const nlohmann::json& match, const Packet& packet,
                           const SetElements& elements);

// Whether an expression, such as the key of a map, is that value, or one of those.
[[nodiscard]] Sure is_value(const nlohmann::json& expression, const nlohmann::json& value,
                            const Packet& packet, const SetElements& elements);

}  // namespace isat
