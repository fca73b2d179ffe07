// SPDX-License-Identifier: Apache-2.0
// IPAddressPools as the API writes them, and which pool an address belongs to.
#include "control/ip_address_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/pool_index.h"

namespace isat {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json object(const json& spec) {
  return {{"metadata",
           {{"namespace", "metallb-system"},
            {"name", "home"},
            {"creationTimestamp", "2026-01-02T03:04:05Z"},
            {"labels", {{"zone", "a"}}}}},
          {"spec", spec}};
}

std::string refused(const json& spec) {
  const auto parsed = parse_ip_address_pool(object(spec));
  EXPECT_FALSE(parsed) << spec;
  return parsed ? "" : parsed.error().message;
}

TEST(IpAddressPool, PrefixesAndRangesOfBothFamilies) {
  const auto pool = parse_ip_address_pool(
      object({{"addresses", {"192.0.2.32/28", "198.51.100.7 - 198.51.100.9", "2001:db8::/120"}},
              {"autoAssign", false},
              {"avoidBuggyIPs", true}}));
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ(pool->name, "home");
  EXPECT_EQ(pool->created, "2026-01-02T03:04:05Z");
  EXPECT_EQ(pool->labels, (Labels{{"zone", "a"}}));
  ASSERT_EQ(pool->ranges.size(), 3U);
  EXPECT_EQ(pool->ranges[0].to_string(), "192.0.2.32-192.0.2.47");
  EXPECT_EQ(pool->ranges[1].to_string(), "198.51.100.7-198.51.100.9");
  EXPECT_EQ(pool->ranges[2].last().to_string(), "2001:db8::ff");
}

// metallb.md §4, 1 to 3 and 5 to 10; 4 is for the API server: names are unique in a namespace.
TEST(IpAddressPool, RefusesWhatMetallbRefusesWithFieldAndMend) {
  EXPECT_EQ(parse_ip_address_pool(json::object()).error().message,
            "metadata.name: missing pool name; write one");
  EXPECT_EQ(refused(json::object()), "spec.addresses: pool has no prefixes defined; write some");
  EXPECT_EQ(refused({{"addresses", json::array()}}),
            "spec.addresses: pool has no prefixes defined; write some");
  const auto bad = [](const char* text) {
    return refused({{"addresses", {"192.0.2.0/24", text}}});
  };
  EXPECT_EQ(
      bad("198.51.100.0/33"),
      "spec.addresses[1]: invalid CIDR '198.51.100.0/33' in pool 'home': prefix length '33' is "
      "out of range; write 0 to 32");
  EXPECT_THAT(bad("198.51.100.1"), HasSubstr("write ADDRESS/PREFIX or FIRST-LAST"));
  EXPECT_THAT(bad("198.51.100-198.51.100.2"), HasSubstr("'198.51.100' is not an IPv4"));
  EXPECT_THAT(bad("198.51.100.2-x"), HasSubstr("'x' is not an IPv4"));
  EXPECT_THAT(bad("198.51.100.2-198.51.100.1"), HasSubstr("is reversed"));
  EXPECT_EQ(bad("192.0.2.255-192.0.3.1"),
            "spec.addresses[1]: CIDR '192.0.2.255-192.0.3.1' in pool 'home' overlaps with already "
            "defined CIDR '192.0.2.0-192.0.2.255'; write each address once");
  const auto allocation = [](const json& fields) {
    return refused({{"addresses", {"192.0.2.0/24"}}, {"serviceAllocation", fields}});
  };
  const json selector = {{"matchLabels", {{"a", "b"}}}};
  const json wrong = {{"matchExpressions", {{{"key", "a"}, {"operator", "Like"}}}}};
  EXPECT_EQ(allocation({{"namespaces", {"x", "y", "x"}}}),
            "spec.serviceAllocation.namespaces[2]: duplicate definition of namespaces 'x'; remove "
            "one");
  EXPECT_EQ(allocation({{"namespaceSelectors", {selector, selector}}}),
            "spec.serviceAllocation.namespaceSelectors[1]: duplicate definition of "
            "namespaceSelectors 'a in (b)'; remove one");
  EXPECT_THAT(allocation({{"serviceSelectors", {selector, selector}}}),
              HasSubstr("duplicate definition of serviceSelectors"));
  EXPECT_THAT(
      allocation({{"namespaceSelectors", {wrong}}}),
      HasSubstr("spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].operator: "
                "invalid label selector"));
  EXPECT_THAT(allocation({{"serviceSelectors", {wrong}}}), HasSubstr("invalid label selector"));
}

IpAddressPool pool(const std::string& name, const std::string& created,
                   const std::vector<std::string>& ranges) {
  IpAddressPool made{name, created, {}, {}};
  for (const auto& range : ranges) made.ranges.push_back(*AddressRange::parse(range));
  return made;
}

std::string pool_of(const PoolIndex& index, const std::vector<std::string>& texts) {
  std::vector<Address> addresses;
  for (const auto& text : texts) addresses.push_back(*Address::parse(text));
  const auto* found = index.pool_of(addresses);
  return found == nullptr ? "" : found->name;
}

TEST(PoolIndex, L6OnePoolMustHaveEveryAddress) {
  const Pools pools{{"four", pool("four", "1", {"192.0.2.0/25", "198.51.100.0/24"})},
                    {"six", pool("six", "2", {"2001:db8::/64"})},
                    {"both", pool("both", "3", {"192.0.2.128/25", "2001:db8:1::/64"})}};
  const PoolIndex index(pools);
  EXPECT_EQ(pool_of(index, {"192.0.2.127"}), "four");
  EXPECT_EQ(pool_of(index, {"192.0.2.128"}), "both");
  EXPECT_EQ(pool_of(index, {"192.0.2.5", "198.51.100.255"}), "four");
  EXPECT_EQ(pool_of(index, {"192.0.2.200", "2001:db8:1::1"}), "both");
  EXPECT_EQ(pool_of(index, {"192.0.2.5", "2001:db8::1"}), "");  // each in a pool of its own
  EXPECT_EQ(pool_of(index, {"203.0.113.1"}), "");
  EXPECT_EQ(pool_of(index, {"192.0.1.255"}), "");
  EXPECT_EQ(pool_of(index, {"198.51.101.0"}), "");
  EXPECT_EQ(pool_of(index, {}), "");
  EXPECT_TRUE(index.overlaps().empty());
}

// metallb.md §4, 5.
TEST(PoolIndex, OfPoolsThatOverlapTheOlderHasTheAddress) {
  const Pools pools{{"a", pool("a", "2026-02", {"192.0.2.0/24"})},
                    {"b", pool("b", "2026-01", {"192.0.2.64/26"})},
                    {"c", pool("c", "2026-01", {"10.0.0.0/8"})}};
  const PoolIndex index(pools);
  EXPECT_EQ(pool_of(index, {"192.0.2.70"}), "b");
  EXPECT_EQ(pool_of(index, {"192.0.2.200"}), "a");
  EXPECT_EQ(pool_of(index, {"192.0.2.70", "192.0.2.200"}), "a");
  ASSERT_EQ(index.overlaps().size(), 1U);
  EXPECT_EQ(
      index.overlaps().at("a"),
      "spec.addresses: CIDR '192.0.2.0-192.0.2.255' in pool 'a' overlaps with already defined "
      "CIDR '192.0.2.64-192.0.2.127' of pool 'b'; give each address to one pool, until then "
      "the older has it");
}

}  // namespace
}  // namespace isat
