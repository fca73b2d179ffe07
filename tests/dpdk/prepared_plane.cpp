// SPDX-License-Identifier: Apache-2.0
// Announces what every row takes for granted (tests/frames/solicitation.h).
#include "tests/dpdk/prepared_plane.h"

#include <rte_mbuf.h>

#include "tests/dpdk/ring_port.h"

namespace isat::test {

using frames::Setting;

Result<std::unique_ptr<PreparedPlane>> PreparedPlane::open(const Setting& setting,
                                                           rte_mempool& pool) {
  std::unique_ptr<PreparedPlane> prepared(new PreparedPlane(setting));
  auto* self = prepared.get();
  const auto pass_on = [self](InterfaceIndex, std::span<rte_mbuf*> frames) {
    for (auto* mbuf : frames) {
      self->passed_.push_back(bytes_of(mbuf));
      rte_pktmbuf_free(mbuf);
    }
  };
  // Two seconds a look: no event is held back for another's sake.
  const auto clock = [self] { return self->now_ += std::chrono::seconds(2); };
  auto plane = DpdkDataPlane::open({16, {setting.observe, setting.strict}, &pool, pass_on, clock});
  if (!plane) return tl::unexpected(plane.error());
  prepared->plane_ = std::move(*plane);
  for (const auto& [address, index] : {std::pair{frames::kTarget4, kIndex},
                                       {frames::kAnother4, kIndex},
                                       {frames::kTarget6, kIndex},
                                       {frames::kElsewhere4, kElsewhere},
                                       {frames::kElsewhere6, kElsewhere}}) {
    auto announced = prepared->plane_->announce({{address, index}, frames::kOurs});
    if (!announced) return tl::unexpected(announced.error());
  }
  return prepared;
}

Result<void> PreparedPlane::attach(Interface port) {
  port.index = kIndex;
  const auto attached = plane_->attach(port, AttachMode::kAuto);
  if (!attached) return tl::unexpected(attached.error());
  return {};
}

Result<void> PreparedPlane::set_deadline() {
  using Deadline = Setting::Deadline;
  const auto passed = std::chrono::seconds(1);
  const auto ahead = std::chrono::hours(24);
  return plane_->vouch_until(setting_.deadline == Deadline::kNone     ? BootTime::zero()
                             : setting_.deadline == Deadline::kPassed ? BootTime(passed)
                                                                      : BootTime(ahead));
}

std::vector<event_kind> PreparedPlane::take_events() {
  std::vector<event_kind> kinds;
  for (const auto& event : plane_->take_events()) kinds.push_back(event.kind);
  return kinds;
}

PreparedPlane::Counted PreparedPlane::take_counted() {
  Counted counted;
  const auto now = plane_->outcomes()->front().counts;
  for (int family = 0; family < FAMILY_COUNT; family++) {
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
      const auto frames = now[family][outcome] - counted_[family][outcome];
      if (frames != 0)
        counted[{static_cast<isat_family>(family), static_cast<isat_outcome>(outcome)}] = frames;
    }
  }
  counted_ = now;
  return counted;
}

std::uint64_t PreparedPlane::take_answered() {
  std::uint64_t sum = 0;
  const auto all = plane_->announcements();
  for (const auto& actual : *all) sum += actual.answered;
  return sum - std::exchange(answered_, sum);
}

bool PreparedPlane::yielded() const {
  const auto all = plane_->announcements();
  for (const auto& actual : *all) {
    if (actual.yielded) return true;
  }
  return false;
}

}  // namespace isat::test
