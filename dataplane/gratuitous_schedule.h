// SPDX-License-Identifier: Apache-2.0
// When each announcement's gratuitous frames are due. Pure: the clock is an argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/announcement.h"

namespace isat {

struct GratuitousTiming {
  int rounds = 5;                             // at least 1
  std::chrono::milliseconds interval{1'100};  // between rounds
  std::chrono::milliseconds refresh{60'000};  // after the rounds; 0 = never
  // Pacing: at most `budget` keys, at least 1, are handed out in a window of this length.
  std::size_t budget = 500;
  std::chrono::milliseconds window{100};
};

// It knows nothing of ownership: the caller checks it for every key that due() hands out. Each
// operation takes O(log n) for each key it touches.
class GratuitousSchedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit GratuitousSchedule(const GratuitousTiming& timing) : timing_(timing) {}

  // The first round is due now. In the midst of its rounds a key starts afresh, and is still handed
  // out once for each round. One more is due after `last_word`, unless that is zero: whoever held
  // the address before may vouch for it so long, and obeys none that it hears sooner.
  void begin(const AnnouncementKey& key, TimePoint now, std::chrono::milliseconds last_word);
  // A key that peers know already: only refreshes. In the midst of its rounds it goes on with them.
  void resume(const AnnouncementKey& key, TimePoint now);
  // Unknown is success.
  void end(const AnnouncementKey& key);

  // For what is scheduled from now on; whatever waits for its refresh keeps its place until
  // resume().
  void set_timing(const GratuitousTiming& timing) { timing_ = timing; }

  // What is to be sent now, longest overdue first: so that after a failover each address has its
  // first round before any has its second. At most `limit`, and no more than pacing allows. Each
  // key handed out counts as sent; its next round follows an interval from `now`.
  [[nodiscard]] std::vector<AnnouncementKey> due(TimePoint now, std::size_t limit);
  // No round of the key is left, only refreshes if any.
  [[nodiscard]] bool told(const AnnouncementKey& key) const;
  // When due() has something to hand out; nothing = never, unless begin() is called.
  [[nodiscard]] std::optional<TimePoint> next_due() const;

 private:
  struct Entry {
    TimePoint due;
    int rounds_left = 0;                      // the due one included; 0 = a refresh is due
    std::optional<TimePoint> last_word = {};  // one more round then
  };
  [[nodiscard]] std::size_t allowance(TimePoint now);  // of the window that `now` lies in
  void schedule(const AnnouncementKey& key, const Entry& entry);
  // What follows a round or refresh sent now; nothing = it was the last.
  [[nodiscard]] std::optional<Entry> after(const AnnouncementKey& key, const Entry& sent,
                                           TimePoint now) const;

  GratuitousTiming timing_;
  std::map<AnnouncementKey, Entry> entries_;
  std::set<std::pair<TimePoint, AnnouncementKey>> queue_;
  TimePoint window_start_{};
  std::size_t sent_in_window_ = 0;
};

}  // namespace isat
