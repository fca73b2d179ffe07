// SPDX-License-Identifier: Apache-2.0
// The `addresses` of a configuration.
#include "control/configured_addresses.h"

#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "control/address_range.h"
#include "control/setting_text.h"
#include "control/yaml_document.h"

namespace isat {
namespace {

constexpr auto kField = "addresses";

struct Entry {
  AddressRange range;
  int line;
  std::vector<std::string> interfaces;
};

std::optional<Entry> read_entry(const YAML::Node& node, Complaint& complaint) {
  std::optional<AddressRange> range;
  std::optional<std::vector<std::string>> interfaces;
  const Reading<std::optional<AddressRange>> reading =
      [](const std::string& text) -> Result<std::optional<AddressRange>> {
    auto parsed = AddressRange::parse(text);
    if (!parsed) return tl::unexpected(parsed.error());
    return *parsed;
  };
  if (node.IsMap()) {
    Fields fields(node, kField, complaint);
    fields.read("address", range, reading);
    fields.read_list("interfaces", interfaces, kMostPatterns, false, check_interface_pattern);
    fields.refuse_unknown();
    if (fields.find("address") == nullptr) {
      complaint.raise(line_of(node), kField, "an entry has no address; write {address: ...}");
    }
  } else if (node.IsScalar()) {
    if (auto parsed = reading(node.Scalar())) {
      range = *parsed;
    } else {
      complaint.raise(line_of(node), kField, parsed.error().message);
    }
  } else if (node.IsNull()) {  // its mark may be that of what follows
    complaint.raise(line_of(node), kField, "an entry here or just above is empty; remove it");
  } else {
    complaint.raise(line_of(node), kField,
                    "an entry is " + kind_of(node) + "; write an address or {address: ...}");
  }
  if (!range) return std::nullopt;
  return Entry{*range, line_of(node), std::move(interfaces).value_or(std::vector<std::string>{})};
}

// Counts up to the capacity of one family, and complains once.
class Room {
 public:
  explicit Room(std::uint32_t capacity) : capacity_(capacity) {}

  void take(const Entry& entry, Complaint& complaint) {
    if (taken_ > capacity_) return;
    const auto count = entry.range.count();
    const bool alone = count > capacity_;
    taken_ = alone ? count : taken_ + count;
    if (taken_ <= capacity_) return;
    const bool beyond = count == std::numeric_limits<std::uint64_t>::max();
    complaint.raise(entry.line, kField,
                    std::to_string(taken_) + (beyond ? " or more" : "") + " addresses" +
                        (alone ? "" : " of this family up to here") + " exceed capacity " +
                        std::to_string(capacity_) + "; raise capacity or shorten the range");
  }

 private:
  std::uint64_t capacity_;
  std::uint64_t taken_ = 0;
};

// Ranges by their first address. Those in the map are disjoint, so that only the last one that
// begins no later than the new one ends can overlap it.
class Ranges {
 public:
  void insert(const Entry& entry, Complaint& complaint) {
    const auto after = by_first_.upper_bound(entry.range.last());
    if (after != by_first_.begin()) {
      const auto& before = std::prev(after)->second;
      if (before.range.overlaps(entry.range)) {
        complaint.raise(entry.line, kField,
                        entry.range.to_string() + " overlaps " + before.range.to_string() +
                            " on line " + std::to_string(before.line) + "; keep each address once");
        return;
      }
    }
    by_first_.emplace(entry.range.first(), Placed{entry.range, entry.line});
  }

 private:
  struct Placed {
    AddressRange range;
    int line;
  };
  std::map<Address, Placed> by_first_;
};

std::vector<Assignment> expand(const std::vector<Entry>& entries, const std::string& path) {
  std::vector<Assignment> assignments;
  for (const auto& entry : entries) {
    const auto owner = path + ":" + std::to_string(entry.line);
    const auto candidacy = any_node(entry.interfaces);
    for (std::uint64_t place = 0; place < entry.range.count(); ++place) {
      assignments.push_back({{owner, entry.range.at(place)}, candidacy});
    }
  }
  return assignments;
}

}  // namespace

std::vector<Assignment> read_addresses(const Fields::Entry& addresses, std::uint32_t capacity,
                                       Complaint& complaint) {
  if (!addresses.node.IsSequence()) {
    complaint.raise(addresses.line, kField,
                    "is " + kind_of(addresses.node) + "; write a list, one '- ADDRESS' a line");
    return {};
  }
  std::vector<Entry> entries;
  std::array rooms{Room(capacity), Room(capacity)};
  Ranges ranges;
  for (const auto& node : addresses.node) {
    auto entry = read_entry(node, complaint);
    if (!entry) continue;
    rooms[entry->range.family() == Family::kIpv4 ? 0 : 1].take(*entry, complaint);
    ranges.insert(*entry, complaint);
    entries.push_back(std::move(*entry));
  }
  if (complaint.error()) return {};
  return expand(entries, complaint.path());
}

}  // namespace isat
