// SPDX-License-Identifier: Apache-2.0
// A speaker's Lease (coordination.k8s.io/v1) as a value, and as JSON.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/membership.h"

namespace isat {

// A version is a sign of life only when its writer could see: everything it wrote before had come
// back in its own watch of the Leases. Else a speaker whose writes succeed while its watch stands
// still would be waited for by all and answer for nothing.
enum class Stage { kJoining, kResuming, kMember };  // resuming: it was a member not long ago

// What a speaker says of itself, in the annotation `isat.io/speaker`.
struct SpeakerNote {
  std::string version;  // of isat
  std::string pod;      // its uid; the machine's boot id outside of a pod
  // The machine and the pin directory: two speakers of one place never run at a time, for there is
  // a lock on it.
  std::string place;
  std::string revision;  // of the Leases, as far as it has applied them
  Stage stage = Stage::kJoining;
  std::vector<MemberInterface> interfaces;
  // As a Member's.
  std::optional<std::set<Address>> kept = {};
  std::set<std::string> sticks_to = {};

  bool operator==(const SpeakerNote&) const = default;
};

struct Lease {
  std::string node;                         // its name: one for each node
  std::string version;                      // metadata.resourceVersion; empty = never written
  std::string holder;                       // empty = released
  std::chrono::milliseconds duration{0};    // for which it is good once written
  std::int64_t transitions = 0;             // how often the holder was another
  std::string acquired;                     // wall clock, RFC 3339, for people
  std::string renewed;                      // likewise; nothing is concluded from either
  bool annotated = true;                    // false = perhaps not a speaker's at all
  std::optional<SpeakerNote> speaker = {};  // absent = the annotation is missing or garbage

  bool operator==(const Lease&) const = default;
};

// Whatever somebody else may have written; nothing when the object has no name or no version. A
// duration that makes no sense is zero.
[[nodiscard]] std::optional<Lease> parse_lease(const nlohmann::json& object);
// The object to write: a create without, a compare-and-swap with a version.
[[nodiscard]] nlohmann::json lease_json(const Lease& lease, const std::string& namespace_name);

}  // namespace isat
