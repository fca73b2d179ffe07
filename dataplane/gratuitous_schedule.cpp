// SPDX-License-Identifier: Apache-2.0
// A queue ordered by time, with a budget for each window.
#include "dataplane/gratuitous_schedule.h"

#include <algorithm>
#include <functional>

namespace isat {
namespace {

// Where in the refresh period a key has its place, in [0, 1). By the key rather than by chance, so
// that a test can foretell it, and a restart does not move it.
double phase(const AnnouncementKey& key) {
  constexpr std::size_t kSteps = 1 << 16;
  // Neighbouring indexes are spread by the golden ratio (Knuth, 6.4).
  const auto hash = std::hash<Address>{}(key.address) ^ (key.interface * std::size_t{0x9e3779b9});
  return static_cast<double>(hash % kSteps) / kSteps;
}

}  // namespace

void GratuitousSchedule::begin(const AnnouncementKey& key, TimePoint now,
                               std::chrono::milliseconds last_word) {
  Entry entry{now, std::max(timing_.rounds, 1)};
  if (last_word.count() > 0) entry.last_word = now + last_word;
  schedule(key, entry);
}

void GratuitousSchedule::resume(const AnnouncementKey& key, TimePoint now) {
  const auto found = entries_.find(key);
  if (found != entries_.end() && found->second.rounds_left > 0) return;
  end(key);
  if (timing_.refresh.count() == 0) return;
  const auto place =
      std::chrono::duration_cast<std::chrono::milliseconds>(timing_.refresh * phase(key));
  schedule(key, {now + place, 0});
}

void GratuitousSchedule::end(const AnnouncementKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  queue_.erase({found->second.due, key});
  entries_.erase(found);
}

std::vector<AnnouncementKey> GratuitousSchedule::due(TimePoint now, std::size_t limit) {
  std::vector<AnnouncementKey> keys;
  for (auto left = std::min(limit, allowance(now));
       left > 0 && !queue_.empty() && queue_.begin()->first <= now; --left) {
    const auto key = queue_.begin()->second;
    if (const auto next = after(key, entries_.at(key), now)) {
      schedule(key, *next);
    } else {
      end(key);
    }
    keys.push_back(key);
  }
  sent_in_window_ += keys.size();
  return keys;
}

bool GratuitousSchedule::told(const AnnouncementKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() || found->second.rounds_left == 0;
}

std::optional<GratuitousSchedule::TimePoint> GratuitousSchedule::next_due() const {
  if (queue_.empty()) return std::nullopt;
  const auto earliest = queue_.begin()->first;
  if (sent_in_window_ < timing_.budget) return earliest;
  return std::max(earliest, window_start_ + timing_.window);
}

std::size_t GratuitousSchedule::allowance(TimePoint now) {
  if (now - window_start_ >= timing_.window) {
    window_start_ = now;
    sent_in_window_ = 0;
  }
  return timing_.budget - std::min(timing_.budget, sent_in_window_);  // the budget may have shrunk
}

void GratuitousSchedule::schedule(const AnnouncementKey& key, const Entry& entry) {
  end(key);
  entries_.emplace(key, entry);
  queue_.emplace(entry.due, key);
}

std::optional<GratuitousSchedule::Entry> GratuitousSchedule::after(const AnnouncementKey& key,
                                                                   const Entry& sent,
                                                                   TimePoint now) const {
  const auto last_word = sent.last_word > now ? sent.last_word : std::nullopt;
  if (last_word && (sent.rounds_left == 1 || *last_word < now + timing_.interval)) {
    return Entry{*last_word, sent.rounds_left};  // in between: as many as before are left
  }
  if (sent.rounds_left > 1) {
    return Entry{now + timing_.interval, sent.rounds_left - 1, last_word};
  }
  if (timing_.refresh.count() == 0) return std::nullopt;
  if (sent.rounds_left == 1) {  // thousands that began together get places all over one period
    const auto spread =
        std::max(timing_.refresh - timing_.interval, std::chrono::milliseconds{0}) * phase(key);
    return Entry{
        now + timing_.interval + std::chrono::duration_cast<std::chrono::milliseconds>(spread), 0};
  }
  // A whole number of periods from the last place: after a loop that was held up, the places
  // remain.
  const auto periods = (now - sent.due) / timing_.refresh + 1;
  return Entry{sent.due + periods * timing_.refresh, 0};
}

}  // namespace isat
