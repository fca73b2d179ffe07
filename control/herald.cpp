// SPDX-License-Identifier: Apache-2.0
// Tells the neighbours what this node announces.
#include "control/herald.h"

#include <utility>

namespace isat {
namespace {

// At one go, before the loop sees to its other work; the schedule itself spreads bursts.
constexpr std::size_t kAtOnce = 64;

GratuitousTiming timing_of(const AnnounceSettings& settings) {
  GratuitousTiming timing;
  timing.rounds = settings.rounds;
  timing.interval = settings.interval;
  timing.refresh = settings.refresh;
  return timing;
}

}  // namespace

Herald::Herald(FrameSender& sender, DataPlane& data_plane, const AnnounceSettings& settings,
               Hooks hooks, spdlog::logger& log)
    : sender_(sender),
      data_plane_(data_plane),
      hooks_(std::move(hooks)),
      log_(log),
      schedule_(timing_of(settings)) {}

void Herald::set_settings(const AnnounceSettings& settings) {
  schedule_.set_timing(timing_of(settings));
}

void Herald::tell(const Reconciler& reconciler, const ServedInterfaces& served, TimePoint now) {
  for (const auto& key : schedule_.due(now, kAtOnce)) {
    const auto announcement = reconciler.announced(key);
    const auto interface = served.find(key.interface);
    if (!announcement || interface == served.end() || !interface->second.carrier) continue;
    const auto sent = send(*announcement);
    if (sent) {
      failures_.erase(key);
      continue;
    }
    failures_.insert_or_assign(key, sent.error().message);
    if (const auto kept_back = limit_.admit(now)) {
      log_.warn("{} ({} like it not logged)", sent.error().message, *kept_back);
    }
  }
}

void Herald::forget(const AnnouncementKey& key) {
  schedule_.end(key);
  failures_.erase(key);
}

Result<void> Herald::send(const Announcement& announcement) {
  if (auto sent = sender_.send(announcement); !sent) {
    if (hooks_.failed) hooks_.failed();
    return sent;
  }
  if (hooks_.sent) hooks_.sent(announcement.key.address);
  return schedule_.told(announcement.key) ? data_plane_.told(announcement.key) : Result<void>{};
}

}  // namespace isat
