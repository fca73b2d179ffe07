// SPDX-License-Identifier: Apache-2.0
// A speaker's Lease as JSON.
#include "control/lease.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/json_field.h"

namespace isat {
namespace {

using nlohmann::json;
using Milliseconds = std::chrono::milliseconds;

constexpr const char* kAnnotation = "isat.io/speaker";
// The API's own field holds whole seconds; what does not fit stands in the annotation.
constexpr const char* kDuration = "duration_ms";
constexpr const char* kKept = "kept";
constexpr const char* kSubnets = "subnets";
constexpr const char* kSticksTo = "sticks_to";
// Longer than any configuration allows; a duration somebody made up must not overflow a clock.
constexpr std::int64_t kLongestDuration = Milliseconds(std::chrono::hours(24)).count();

// All or nothing: of half a list nobody knows what is missing.
std::optional<std::set<Subnet>> parse_subnets(const json& interface) {
  const auto* list = json_field(interface, {kSubnets});
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::set<Subnet> subnets;
  for (const auto& each : *list) {
    const auto subnet = Subnet::parse(each.is_string() ? each.get<std::string>() : "");
    if (!subnet) return std::nullopt;
    subnets.insert(*subnet);
  }
  return subnets;
}

std::optional<MemberInterface> parse_interface(const json& object) {
  const auto mac = MacAddress::parse(text_field(object, {"mac"}));
  auto name = text_field(object, {"name"});
  if (!mac || name.empty()) return std::nullopt;
  const auto* carrier = json_field(object, {"carrier"});
  return MemberInterface{std::move(name), *mac,
                         carrier != nullptr && carrier->is_boolean() && carrier->get<bool>(),
                         parse_subnets(object)};
}

// Likewise.
std::optional<std::vector<MemberInterface>> parse_interfaces(const json& note) {
  const auto* list = json_field(note, {"interfaces"});
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<MemberInterface> interfaces;
  for (const auto& object : *list) {
    auto interface = parse_interface(object);
    if (!interface) return std::nullopt;
    interfaces.push_back(std::move(*interface));
  }
  return interfaces;
}

// Likewise; and then it may be the one for any address.
std::optional<std::set<Address>> parse_kept(const json& note) {
  const auto* list = json_field(note, {kKept});
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::set<Address> kept;
  for (const auto& each : *list) {
    const auto address = Address::parse(each.is_string() ? each.get<std::string>() : "");
    if (!address) return std::nullopt;
    kept.insert(*address);
  }
  return kept;
}

// Garbage is nothing to stick to.
std::set<std::string> parse_keys(const json& note) {
  const auto* list = json_field(note, {kSticksTo});
  std::set<std::string> keys;
  if (list == nullptr || !list->is_array()) return keys;
  for (const auto& each : *list) {
    if (each.is_string()) keys.insert(each.get<std::string>());
  }
  return keys;
}

Milliseconds duration_of(const json& object, const json& note) {
  auto duration = number_field(note, {kDuration});
  if (duration <= 0) {
    duration = std::clamp<std::int64_t>(number_field(object, {"spec", "leaseDurationSeconds"}), 0,
                                        kLongestDuration / 1000) *
               1000;
  }
  return Milliseconds(std::clamp<std::int64_t>(duration, 0, kLongestDuration));
}

Stage parse_stage(const std::string& text) {
  if (text == "member") return Stage::kMember;
  return text == "resuming" ? Stage::kResuming : Stage::kJoining;
}

const char* stage_text(Stage stage) {
  if (stage == Stage::kMember) return "member";
  return stage == Stage::kResuming ? "resuming" : "joining";
}

json interfaces_json(const std::vector<MemberInterface>& interfaces) {
  auto list = json::array();
  for (const auto& each : interfaces) {
    json object = {{"name", each.name}, {"mac", each.mac.to_string()}, {"carrier", each.carrier}};
    if (each.subnets) {
      object[kSubnets] = json::array();
      for (const auto& subnet : *each.subnets) object[kSubnets].push_back(subnet.to_string());
    }
    list.push_back(std::move(object));
  }
  return list;
}

json kept_json(const std::set<Address>& kept) {
  auto list = json::array();
  for (const auto& each : kept) list.push_back(each.to_string());
  return list;
}

}  // namespace

std::optional<Lease> parse_lease(const json& object) {
  const auto* text = json_field(object, {"metadata", "annotations", kAnnotation});
  Lease lease;
  lease.node = text_field(object, {"metadata", "name"});
  lease.version = text_field(object, {"metadata", "resourceVersion"});
  if (lease.node.empty() || lease.version.empty()) return std::nullopt;
  lease.annotated = text != nullptr;
  const auto note = lease.annotated && text->is_string()
                        ? json::parse(text->get<std::string>(), nullptr, false)
                        : json();
  lease.holder = text_field(object, {"spec", "holderIdentity"});
  lease.duration = duration_of(object, note);
  lease.transitions = number_field(object, {"spec", "leaseTransitions"});
  lease.acquired = text_field(object, {"spec", "acquireTime"});
  lease.renewed = text_field(object, {"spec", "renewTime"});
  if (auto interfaces = parse_interfaces(note)) {
    lease.speaker = SpeakerNote{text_field(note, {"version"}),
                                text_field(note, {"pod"}),
                                text_field(note, {"place"}),
                                text_field(note, {"revision"}),
                                parse_stage(text_field(note, {"stage"})),
                                std::move(*interfaces),
                                parse_kept(note),
                                parse_keys(note)};
  }
  return lease;
}

json lease_json(const Lease& lease, const std::string& namespace_name) {
  const auto speaker = lease.speaker.value_or(SpeakerNote{});
  json note = {{"version", speaker.version},
               {"pod", speaker.pod},
               {"place", speaker.place},
               {"revision", speaker.revision},
               {"stage", stage_text(speaker.stage)},
               {kDuration, lease.duration.count()},
               {"interfaces", interfaces_json(speaker.interfaces)}};
  if (speaker.kept) note[kKept] = kept_json(*speaker.kept);
  if (!speaker.sticks_to.empty()) note[kSticksTo] = speaker.sticks_to;
  json metadata = {{"name", lease.node},
                   {"namespace", namespace_name},
                   {"labels", {{"app.kubernetes.io/name", "isat"}}},
                   {"annotations", {{kAnnotation, note.dump()}}}};
  if (!lease.version.empty()) metadata["resourceVersion"] = lease.version;
  json spec = {
      {"holderIdentity", lease.holder},
      {"leaseDurationSeconds",
       std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(lease.duration).count())},
      {"leaseTransitions", std::max<std::int64_t>(0, lease.transitions)}};
  if (!lease.acquired.empty()) spec["acquireTime"] = lease.acquired;
  if (!lease.renewed.empty()) spec["renewTime"] = lease.renewed;
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

}  // namespace isat
