// SPDX-License-Identifier: Apache-2.0
// Makes the data plane's announcements the desired ones.
#include "control/reconciler.h"

#include <cerrno>
#include <utility>

namespace isat {

Reconciler::Reconciler(DataPlane& data_plane, AnnouncementFollowers followers)
    : data_plane_(data_plane), followers_(std::move(followers)) {}

Result<void> Reconciler::adopt() {
  const auto found = data_plane_.announcements();
  if (!found) return tl::unexpected(found.error());
  for (const auto& [announcement, yielded, answered, untold] : *found) {
    const auto& key = announcement.key;
    auto& entry = entries_[key];
    entry.desired = announcement.mac;
    entry.yielded = yielded;
    set_actual(entry, announcement.mac);
    if (std::exchange(entry.joined, true)) continue;
    followers_.joined(key);
    followers_.resumed(key);
    entry.untold = untold;
  }
  return {};
}

void Reconciler::desire(const Address& address, const std::vector<Announcement>& announcements) {
  std::map<AnnouncementKey, std::optional<MacAddress>> wishes;
  for (auto entry = entries_.lower_bound({address, 0});
       entry != entries_.end() && entry->first.address == address; ++entry) {
    wishes.emplace(entry->first, std::nullopt);
  }
  for (const auto& [key, mac] : announcements) wishes[key] = mac;
  for (const auto& [key, mac] : wishes) desire(key, mac);
}

void Reconciler::desire(InterfaceIndex interface, const std::vector<Announcement>& announcements) {
  std::map<AnnouncementKey, std::optional<MacAddress>> wishes;
  // Looking at every entry costs no more than planning every address did; writes are what counts.
  for (const auto& [key, entry] : entries_) {
    if (key.interface == interface) wishes.emplace(key, std::nullopt);
  }
  for (const auto& [key, mac] : announcements) wishes[key] = mac;
  for (const auto& [key, mac] : wishes) desire(key, mac);
}

void Reconciler::desire_mac(InterfaceIndex interface, const MacAddress& mac) {
  for (const auto& [key, entry] : entries_) {
    // One that was given up to a rival is only taken back on the strength of a plan.
    if (key.interface == interface && entry.desired && !entry.yielded) desire(key, mac);
  }
}

void Reconciler::desire_nothing() {
  for (const auto& [key, entry] : entries_) desire(key, std::nullopt);
}

void Reconciler::desire(const AnnouncementKey& key, const std::optional<MacAddress>& mac) {
  auto& entry = entries_[key];
  entry.desired = mac;
  const bool back = std::exchange(entry.leaving, false) && mac && entry.settled();
  if (back) followers_.gained(key);  // whoever heard another meanwhile
  // A failing entry is tried at once with what is wished for now; or forgotten, if that is nothing.
  if (!entry.settled() || failures_.contains(key)) unsettled_.insert(key);
}

void Reconciler::hand_over(const Address& address) {
  for (auto entry = entries_.lower_bound({address, 0});
       entry != entries_.end() && entry->first.address == address; ++entry) {
    entry->second.leaving = true;
  }
}

bool Reconciler::answers(const Address& address) const {
  for (auto entry = entries_.lower_bound({address, 0});
       entry != entries_.end() && entry->first.address == address; ++entry) {
    if (entry->second.actual && !entry->second.yielded) return true;
  }
  return false;
}

std::set<Address> Reconciler::addresses() const {
  std::set<Address> addresses;
  for (const auto& [key, entry] : entries_) addresses.insert(key.address);
  return addresses;
}

Result<std::set<Address>> Reconciler::held() const {
  const auto found = data_plane_.announcements();
  if (!found) return tl::unexpected(found.error());
  std::set<Address> held;
  for (const auto& each : *found) {
    const auto& key = each.announcement.key;
    if (!each.yielded && announced(key)) held.insert(key.address);
  }
  return held;
}

Plan Reconciler::plan() const {
  Plan plan;
  for (const auto& key : unsettled_) {
    const auto& entry = entries_.at(key);
    if (entry.settled()) continue;
    if (entry.desired) {
      plan.to_announce.push_back({key, *entry.desired});
    } else {
      plan.to_withdraw.push_back(key);
    }
  }
  return plan;
}

Reconciler::Report Reconciler::settle(TimePoint now) {
  const Plan next = plan();
  for (const auto& key : std::exchange(unsettled_, {})) {
    if (!entries_.at(key).settled()) continue;
    failures_.erase(key);  // wished away, or mended by somebody else, before it could be retried
    forget_if_gone(key);
  }
  Report report;
  for (const auto& key : next.to_withdraw) withdraw(key, report, now);
  if (report.withdrawn > 0) hasten_those_without_room(now);
  for (const auto& announcement : next.to_announce) announce(announcement, report, now);
  return report;
}

void Reconciler::withdraw(const AnnouncementKey& key, Report& report, TimePoint now) {
  if (const auto done = data_plane_.withdraw(key); !done) {
    failed(key, done.error(), report, now);
    return;
  }
  ++report.withdrawn;
  failures_.erase(key);
  set_actual(entries_.at(key), std::nullopt);
  forget_if_gone(key);
}

void Reconciler::announce(const Announcement& announcement, Report& report, TimePoint now) {
  const auto& key = announcement.key;
  // Answers begin after this call; joining and telling come after, so that neither can keep an
  // address from being answered.
  if (const auto done = data_plane_.announce(announcement); !done) {
    failed(key, done.error(), report, now);
    return;
  }
  ++report.announced;
  failures_.erase(key);
  auto& entry = entries_.at(key);
  entry.yielded = false;
  set_actual(entry, announcement.mac);
  if (!std::exchange(entry.joined, true)) followers_.joined(key);
  followers_.gained(key);
}

void Reconciler::failed(const AnnouncementKey& key, const Error& error, Report& report,
                        TimePoint now) {
  auto& failure = failures_[key];
  failure.error = error;
  failure.backoff.failed(now);
  if (report.failed++ == 0) report.first_failure = error.message;
}

void Reconciler::hasten_those_without_room(TimePoint now) {
  for (auto& [key, failure] : failures_) {
    if (failure.error.code == ENOSPC) failure.backoff.hasten(now);
  }
}

Reconciler::Report Reconciler::retry(TimePoint now) {
  for (const auto& [key, failure] : failures_) {
    if (failure.backoff.retry_at() <= now) unsettled_.insert(key);
  }
  return settle(now);
}

std::optional<Reconciler::TimePoint> Reconciler::next_retry() const {
  std::optional<TimePoint> next;
  for (const auto& [key, failure] : failures_) {
    if (!next || failure.backoff.retry_at() < *next) next = failure.backoff.retry_at();
  }
  return next;
}

Result<Reconciler::Report> Reconciler::full_pass(TimePoint now) {
  const auto found = data_plane_.announcements();
  if (!found) return tl::unexpected(found.error());

  // By value, and by key: a map that is written while it is read may name an entry twice.
  std::map<AnnouncementKey, const ActualAnnouncement*> actual;
  for (const auto& announcement : *found) {
    actual.insert_or_assign(announcement.announcement.key, &announcement);
    entries_.try_emplace(announcement.announcement.key);
  }
  for (auto& [key, entry] : entries_) {
    const auto there = actual.find(key);
    const bool present = there != actual.end();
    set_actual(entry, present ? std::optional(there->second->announcement.mac) : std::nullopt);
    entry.yielded = present && there->second->yielded;
    if (!entry.settled() || !present) unsettled_.insert(key);
    // There as desired, but not by our doing as far as we know: an earlier speaker's that could not
    // be adopted, or a write that was called a failure. Nobody has joined or told.
    if (present && entry.desired && entry.settled() && !std::exchange(entry.joined, true)) {
      followers_.joined(key);
      followers_.gained(key);
    }
  }
  return settle(now);
}

void Reconciler::tell_again(InterfaceIndex interface) {
  for (const auto& [key, entry] : entries_) {
    if (key.interface == interface && announced(key)) followers_.gained(key);
  }
}

void Reconciler::tell_again() {
  for (const auto& [key, entry] : entries_) {
    if (announced(key)) followers_.gained(key);
  }
}

void Reconciler::tell_untold() {
  for (auto& [key, entry] : entries_) {
    if (std::exchange(entry.untold, false) && announced(key)) followers_.gained(key);
  }
}

void Reconciler::resume() const {
  for (const auto& [key, entry] : entries_) {
    if (announced(key)) followers_.resumed(key);
  }
}

std::optional<Announcement> Reconciler::announced(const AnnouncementKey& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  const auto& entry = found->second;
  if (!entry.desired || !entry.settled() || entry.leaving) return std::nullopt;
  return Announcement{key, *entry.actual};
}

std::map<AnnouncementKey, std::string> Reconciler::failures() const {
  std::map<AnnouncementKey, std::string> causes;
  for (const auto& [key, failure] : failures_) causes.emplace(key, failure.error.message);
  return causes;
}

void Reconciler::set_actual(Entry& entry, const std::optional<MacAddress>& mac) {
  if (entry.actual) --announced_count_;
  if (mac) ++announced_count_;
  entry.actual = mac;
}

void Reconciler::forget_if_gone(const AnnouncementKey& key) {
  const auto found = entries_.find(key);
  if (found->second.actual || found->second.desired) return;
  const bool joined = found->second.joined;
  entries_.erase(found);
  if (joined) followers_.left(key);
}

}  // namespace isat
