// SPDX-License-Identifier: Apache-2.0
// The one spelling of families and outcomes.
#include "dataplane/outcome.h"

#include <array>
#include <cstddef>

namespace isat {
namespace {

// In the order of the enumerations in bpf/abi.h.
constexpr std::array kFamilies = std::to_array<std::string_view>({"arp", "ndp", "other"});
constexpr std::array kOutcomes = std::to_array<std::string_view>(
    {"other_traffic", "unsupported", "malformed", "conflict", "not_solicitation", "not_announced",
     "other_host", "silent", "no_room", "answered"});

static_assert(kFamilies.size() == FAMILY_COUNT, "every family has a name");
static_assert(kOutcomes.size() == OUTCOME_COUNT, "every outcome has a name");
// The size alone would not notice two names swapped; the ends and the middle pin the order.
static_assert(kFamilies[FAMILY_ARP] == "arp" && kFamilies[FAMILY_NDP] == "ndp");
static_assert(kOutcomes[OUTCOME_OTHER_TRAFFIC] == "other_traffic" &&
              kOutcomes[OUTCOME_NOT_SOLICITATION] == "not_solicitation" &&
              kOutcomes[OUTCOME_OTHER_HOST] == "other_host" &&
              kOutcomes[OUTCOME_ANSWERED] == "answered");

template <std::size_t size>
std::string_view name_at(const std::array<std::string_view, size>& names, std::size_t index) {
  return index < size ? names[index] : std::string_view("unknown");
}

}  // namespace

std::string_view family_name(isat_family family) {
  return name_at(kFamilies, family);
}

std::string_view outcome_name(isat_outcome outcome) {
  return name_at(kOutcomes, outcome);
}

}  // namespace isat
