// SPDX-License-Identifier: Apache-2.0
// A data plane in the state a row of the table takes for granted, and what it makes of frames.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "dataplane/dpdk/dpdk_data_plane.h"
#include "tests/frames/native_responder.h"

namespace isat::test {

class PreparedPlane {
 public:
  static constexpr InterfaceIndex kIndex = 7;      // what frames come in on
  static constexpr InterfaceIndex kElsewhere = 8;  // where the other announcements are

  // Everything of `setting` but the hidden tag, which is the frame's.
  [[nodiscard]] static Result<std::unique_ptr<PreparedPlane>> open(const frames::Setting& setting,
                                                                   rte_mempool& pool);

  // Serves the port as kIndex.
  [[nodiscard]] Result<void> attach(Interface port);
  // As the setting says; only after attach(), since only a frame makes an announcement yield.
  [[nodiscard]] Result<void> set_deadline();
  void poll() { DpdkPoller(*plane_).poll(); }

  // Since the last call: frames passed on, the events, and by family and outcome the frames
  // counted.
  [[nodiscard]] std::vector<frames::Frame> take_passed() { return std::exchange(passed_, {}); }
  [[nodiscard]] std::vector<event_kind> take_events();
  using Counted = std::map<std::pair<isat_family, isat_outcome>, std::uint64_t>;
  [[nodiscard]] Counted take_counted();
  [[nodiscard]] std::uint64_t take_answered();
  [[nodiscard]] bool yielded() const;
  [[nodiscard]] DpdkDataPlane& plane() { return *plane_; }

 private:
  explicit PreparedPlane(const frames::Setting& setting) : setting_(setting) {}

  frames::Setting setting_;
  std::unique_ptr<DpdkDataPlane> plane_;
  std::vector<frames::Frame> passed_;
  BootTime now_ = std::chrono::hours(1);
  OutcomeCounts counted_{};
  std::uint64_t answered_ = 0;
};

}  // namespace isat::test
