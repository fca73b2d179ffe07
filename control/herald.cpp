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

Herald::Herald(FrameSender& sender, const AnnounceSettings& settings, Hooks hooks,
               spdlog::logger& log)
    : sender_(sender), hooks_(std::move(hooks)), log_(log), schedule_(timing_of(settings)) {}

void Herald::set_settings(const AnnounceSettings& settings) {
  schedule_.set_timing(timing_of(settings));
}

void Herald::tell(const Reconciler& reconciler, const ServedInterfaces& served, bool may_speak,
                  TimePoint now) {
  for (const auto& key : schedule_.due(now, kAtOnce)) {
    const auto announcement = reconciler.announced(key);
    const auto interface = served.find(key.interface);
    if (!announcement || interface == served.end() || !interface->second.carrier) continue;
    if (may_speak) send(*announcement, now);
  }
}

void Herald::send(const Announcement& announcement, TimePoint now) {
  const auto sent = sender_.send(announcement);
  if (sent) {
    if (hooks_.sent) hooks_.sent(announcement.key.address);
    return;
  }
  if (hooks_.failed) hooks_.failed();
  if (const auto kept_back = failures_.admit(now)) {
    log_.warn("{} ({} like it not logged)", sent.error().message, *kept_back);
  }
}

}  // namespace isat
