// SPDX-License-Identifier: Apache-2.0
// MetalLB's IPAddressPool.
#include "control/ip_address_pool.h"

#include <utility>

#include "control/json_field.h"
#include "control/quote.h"
#include "control/spec_field.h"

namespace isat {
namespace {

Result<AddressRange> parse_range(const std::string& text, const std::string& pool) {
  const auto invalid = "invalid CIDR " + quote(text) + " in pool " + quote(pool) + ": ";
  // MetalLB takes no single address.
  if (text.find_first_of("-/") == std::string::npos) {
    return fail(invalid + "write ADDRESS/PREFIX or FIRST-LAST");
  }
  auto range = AddressRange::parse(text);
  if (!range) return fail(invalid + range.error().message);
  return range;
}

Result<std::vector<AddressRange>> parse_ranges(const std::vector<std::string>& texts,
                                               const std::string& pool) {
  std::vector<AddressRange> ranges;
  for (std::size_t place = 0; place < texts.size(); ++place) {
    const auto field = "spec.addresses[" + std::to_string(place) + "]: ";
    auto range = parse_range(texts[place], pool);
    if (!range) return fail(field + range.error().message);
    for (const auto& before : ranges) {
      if (!before.overlaps(*range)) continue;
      return fail(field + "CIDR " + quote(texts[place]) + " in pool " + quote(pool) +
                  " overlaps with already defined CIDR " + quote(before.to_string()) +
                  "; write each address once");
    }
    ranges.push_back(*range);
  }
  return ranges;
}

// Which Services may be given these addresses: nothing to the speaker, but it can be wrong.
Result<void> check_allocation(const nlohmann::json& spec) {
  const auto* allocation = json_field(spec, {"serviceAllocation"});
  if (allocation == nullptr) return {};
  constexpr auto kPrefix = "spec.serviceAllocation";
  if (auto read = read_texts(*allocation, kPrefix, "namespaces"); !read) {
    return tl::unexpected(read.error());
  }
  for (const auto* field : {"namespaceSelectors", "serviceSelectors"}) {
    if (auto read = read_selectors(*allocation, kPrefix, field); !read) {
      return tl::unexpected(read.error());
    }
  }
  return {};
}

}  // namespace

Result<IpAddressPool> parse_ip_address_pool(const nlohmann::json& object) {
  IpAddressPool pool{text_field(object, {"metadata", "name"}),
                     text_field(object, {"metadata", "creationTimestamp"}),
                     labels_of(object),
                     {}};
  if (pool.name.empty()) return fail("metadata.name: missing pool name; write one");
  const auto* spec = json_field(object, {"spec"});
  const auto empty = fail("spec.addresses: pool has no prefixes defined; write some");
  if (spec == nullptr) return empty;
  const auto texts = read_texts(*spec, "spec", "addresses");
  if (!texts) return tl::unexpected(texts.error());
  if (texts->empty()) return empty;
  auto ranges = parse_ranges(*texts, pool.name);
  if (!ranges) return tl::unexpected(ranges.error());
  pool.ranges = std::move(*ranges);
  if (auto sound = check_allocation(*spec); !sound) return tl::unexpected(sound.error());
  return pool;
}

}  // namespace isat
