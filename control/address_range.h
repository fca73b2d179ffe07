// SPDX-License-Identifier: Apache-2.0
// A run of consecutive addresses of one family, as written in a configuration.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/address.h"
#include "dataplane/result.h"

namespace isat {

// Never empty, and only addresses a host may own. Costs the same whatever its size: nothing is
// expanded until somebody asks for an address by its place.
class AddressRange {
 public:
  // "A", "A/PREFIX" or "A-B", with blanks allowed around the '-'. An error is "problem; mend".
  [[nodiscard]] static Result<AddressRange> parse(std::string_view text);

  [[nodiscard]] Family family() const { return first_.family(); }
  [[nodiscard]] const Address& first() const { return first_; }
  [[nodiscard]] const Address& last() const { return last_; }
  // Saturates at 2^64 - 1.
  [[nodiscard]] std::uint64_t count() const;
  // The address at this place from the first; `place` < count().
  [[nodiscard]] Address at(std::uint64_t place) const;
  [[nodiscard]] bool overlaps(const AddressRange& other) const {
    return first_ <= other.last_ && other.first_ <= last_;
  }
  [[nodiscard]] std::string to_string() const;  // "A" or "A-B"; parses to the same range

  auto operator<=>(const AddressRange&) const = default;

 private:
  AddressRange(const Address& first, const Address& last) : first_(first), last_(last) {}
  [[nodiscard]] static Result<AddressRange> parse_prefix(std::string_view base,
                                                         std::string_view length);

  Address first_;
  Address last_;
};

}  // namespace isat
