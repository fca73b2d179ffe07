// SPDX-License-Identifier: Apache-2.0
// The links in the kernel: the program, the map, the fence, the group.
#include "control/chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataplane/attach_choice.h"

namespace isat {

const Attachment* Chain::attachment(InterfaceIndex index) const {
  if (!evidence_.pins) return nullptr;
  for (const auto& [attachment, alive] : evidence_.pins->attachments) {
    if (alive && attachment.interface == index) return &attachment;
  }
  return nullptr;
}

bool Chain::no_pins() {
  const auto& error = evidence_.pins.error();
  if (error.code != ENOENT) return broken("attached", error.message, "isat explain as root");
  return broken("attached",
                evidence_.speaker
                    ? "the speaker has pinned nothing in " + evidence_.pin + " yet"
                    : "no speaker has run here: nothing is pinned in " + evidence_.pin,
                evidence_.speaker ? "look at its log" : start_speaker());
}

bool Chain::attached() {
  if (!evidence_.pins) return no_pins();
  const auto without = [&](Place place) { return attachment(place->interface.index) == nullptr; };
  const auto all = places_;
  std::erase_if(places_, without);
  if (!places_.empty()) {
    const auto& first = *attachment(places_.front()->interface.index);
    return holds("attached",
                 fmt::format("{}: {} on {}", mode_name(first.mode), first.reason, first.name));
  }
  for (const auto* place : all) {
    if (place->xdp_occupant.empty()) continue;
    return broken("attached",
                  fmt::format("the XDP hook of {} is taken by {}, and the configuration allows "
                              "no other hook",
                              place->interface.name, place->xdp_occupant),
                  "attach: auto");
  }
  if (!evidence_.speaker) {
    return broken(
        "attached",
        "no speaker is running, and none left its program on " + all.front()->interface.name,
        start_speaker());
  }
  return broken("attached",
                "the running speaker serves other interfaces than " + all.front()->interface.name,
                "give this command the configuration the speaker runs with, or look at its log");
}

const ActualAnnouncement* Chain::announcement(InterfaceIndex index) const {
  for (const auto& actual : evidence_.pins->announcements) {
    if (actual.announcement.key == AnnouncementKey{address(), index}) return &actual;
  }
  return nullptr;
}

bool Chain::programmed() {
  std::erase_if(places_, [&](Place place) { return !announcement(place->interface.index); });
  if (places_.empty()) return not_programmed();
  for (const auto* place : places_) {
    const auto& mac = announcement(place->interface.index)->announcement.mac;
    if (mac == place->interface.mac) continue;
    return broken("programmed",
                  fmt::format("the map answers with {}, but {} has {} now", mac.to_string(),
                              place->interface.name, place->interface.mac.to_string()),
                  evidence_.speaker ? "look at the speaker's log" : start_speaker());
  }
  return holds("programmed", "the map holds it for " + names());
}

bool Chain::not_programmed() {
  const auto in_use =
      std::count_if(evidence_.pins->announcements.begin(), evidence_.pins->announcements.end(),
                    [&](const ActualAnnouncement& actual) {
                      return actual.announcement.key.address.family() == address().family();
                    });
  if (static_cast<std::uint64_t>(in_use) >= evidence_.pins->capacity) {
    return broken(
        "programmed",
        fmt::format("the map is full: {} of {} announcements", in_use, evidence_.pins->capacity),
        fmt::format("capacity: {}", std::uint64_t{evidence_.pins->capacity} * 2));
  }
  if (evidence_.speaker_account) {
    for (const auto& [object, cause] : evidence_.speaker_account->failures) {
      if (!object.starts_with(text() + " on ")) continue;
      return broken("programmed", cause, "mend it; the speaker tries again by itself");
    }
  }
  if (!evidence_.speaker) {
    return broken("programmed", "no speaker is running, and the map does not hold the address",
                  start_speaker());
  }
  if (evidence_.configuration && evidence_.configuration->source == SourceKind::kFile) {
    return broken(
        "programmed", "the speaker has not put it into the map",
        "look at the speaker's log; does it run with " + evidence_.configuration_name + "?");
  }
  return broken("programmed",
                "the map does not hold it: the speaker does not wish to announce it here",
                "isat explain --config FILE " + text());
}

bool Chain::has_passed_deadline() const {
  const auto deadline = evidence_.pins->deadline;
  return deadline.count() != 0 && evidence_.now > deadline;
}

bool Chain::vouched() {
  const auto deadline = evidence_.pins->deadline;
  const auto yielded = [&](Place place) { return announcement(place->interface.index)->yielded; };
  if (std::any_of(places_.begin(), places_.end(), yielded)) {
    std::erase_if(places_, yielded);
    if (places_.empty()) {
      const auto trouble = api_trouble();
      return broken(
          "vouched",
          "the deadline passed and another machine announced the address: this node gave way" +
              (trouble.empty() ? "" : "; " + trouble),
          !evidence_.speaker ? start_speaker()
          : trouble.empty()  ? "isat explain on the other node; the log says its MAC"
                             : "let this node reach the API server and write its Lease");
    }
  }
  if (!has_passed_deadline()) {
    return holds("vouched", deadline.count() == 0 ? "for ever" : "until the deadline");
  }
  const auto since = std::chrono::duration<double>(evidence_.now - deadline).count();
  if (evidence_.configuration &&
      evidence_.configuration->after_deadline == AfterDeadline::kSilent) {
    return broken(
        "vouched",
        fmt::format("the deadline passed {:.0f} s ago, and the policy is to be silent then", since),
        evidence_.speaker ? "make the API server reachable from this node" : start_speaker());
  }
  explanation_.warnings.push_back(fmt::format(
      "the deadline passed {:.0f} s ago: the first who announces the address gets it", since));
  return holds("vouched", "the deadline passed; answered until somebody else announces it");
}

bool Chain::group() {
  if (address().is_v4()) return true;
  const auto wanted = solicited_node_group(address());
  for (const auto* place : places_) {
    if (place->groups.contains(wanted)) continue;
    return broken("group joined",
                  fmt::format("{} has not joined {}: its multicast filter, or a snooping switch, "
                              "keeps solicitations away",
                              place->interface.name, wanted.to_string()),
                  evidence_.speaker ? "look at the speaker's log" : start_speaker());
  }
  return holds("group joined", wanted.to_string() + " on " + names());
}

}  // namespace isat
