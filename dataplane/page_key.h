// SPDX-License-Identifier: Apache-2.0
// Which page an announcement stands in, and at which place of it.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "bpf/abi.h"
#include "dataplane/announcement.h"

namespace isat {

// As the kernel hashes it: 8 or 20 bytes, all of them ours.
struct PageKey {
  Family family = Family::kIpv4;
  alignas(4) std::array<std::uint8_t, sizeof(announced_v6_key)> bytes{};

  // Key: announced_v4_key or announced_v6_key, as the family is.
  template <typename Key>
  [[nodiscard]] Key as() const {
    Key key;
    std::memcpy(&key, bytes.data(), sizeof key);
    return key;
  }
  template <typename Key>
  [[nodiscard]] static PageKey of(Family family, const Key& key) {
    PageKey page{family, {}};
    std::memcpy(page.bytes.data(), &key, sizeof key);
    return page;
  }
};

// Places of a page: a bit for each.
using Places = std::uint64_t;

struct Place {
  PageKey page;
  std::uint32_t at = 0;
};

[[nodiscard]] inline Place place_of(const AnnouncementKey& key) {
  const auto address = key.address.bytes();
  Place place{{key.address.family(), {}}, address.back() % std::uint32_t{ANNOUNCED_PAGE_SIZE}};
  auto* bytes = place.page.bytes.data();
  std::memcpy(bytes, address.data(), address.size());
  std::memcpy(bytes + address.size(), &key.interface, sizeof key.interface);
  bytes[address.size() - 1] = static_cast<std::uint8_t>(address.back() - place.at);
  return place;
}

[[nodiscard]] inline AnnouncementKey key_of(Place place) {
  const bool is_v4 = place.page.family == Family::kIpv4;
  std::array<std::uint8_t, 4> v4{};
  std::array<std::uint8_t, 16> v6{};
  const auto length = is_v4 ? v4.size() : v6.size();
  auto* bytes = place.page.bytes.data();
  bytes[length - 1] = static_cast<std::uint8_t>(bytes[length - 1] + place.at);
  std::memcpy(is_v4 ? v4.data() : v6.data(), bytes, length);
  InterfaceIndex interface = 0;
  std::memcpy(&interface, bytes + length, sizeof interface);
  return {is_v4 ? Address::v4(v4) : Address::v6(v6), interface};
}

}  // namespace isat
