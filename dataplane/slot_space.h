// SPDX-License-Identifier: Apache-2.0
// Where announcements are counted. A page names one slot for all of its places, so that an answer
// finds its count without another look; what a page leaves out, others use. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/page_key.h"

namespace isat {

class SlotSpace {
 public:
  // A multiple of 64, below 2^31.
  explicit SlotSpace(std::uint32_t slots);

  // A first slot, such that first + place, modulo 2^32, is free for each of these places. Runs that
  // nobody uses come first, in turn: a slot given back rests, as a frame on another CPU may still
  // hold it for a moment. When there is none left, a gap into which the places fit (row
  // displacement: Tarjan and Yao, 1979); nothing = there is no such gap.
  [[nodiscard]] std::optional<std::uint32_t> find(Places places);
  [[nodiscard]] bool is_free(std::uint32_t first, Places places) const;

  void take(std::uint32_t first, Places places);
  void give_back(std::uint32_t first, Places places);

 private:
  // Which of the 64 slots from this one on are not to be had.
  [[nodiscard]] Places taken_from(std::int64_t slot) const;

  void mark(std::uint32_t first, Places places, bool taken);

  std::vector<Places> taken_;
  std::size_t free_runs_;
  std::size_t next_run_ = 0;
  std::size_t next_gap_ = 0;
};

}  // namespace isat
