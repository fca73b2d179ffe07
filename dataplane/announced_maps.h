// SPDX-License-Identifier: Apache-2.0
// The announcements in the kernel: kept in announced_v4 and announced_v6, laid out for the
// responder in pages_v4 and pages_v6.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/data_plane.h"
#include "dataplane/page_arrays.h"
#include "dataplane/responder_maps.h"
#include "dataplane/slot_records.h"
#include "dataplane/slot_space.h"

namespace isat {

class AnnouncedMaps {
 public:
  // For reading. Borrows the maps, which must outlive this object.
  [[nodiscard]] static Result<AnnouncedMaps> open(const ResponderMaps& maps);
  // For writing as well; one at a time. What another left half done is finished.
  [[nodiscard]] static Result<AnnouncedMaps> take_over(const ResponderMaps& maps);

  // As DataPlane says. Neighbouring addresses share a page and its MAC, which is their interface's:
  // a new one is at once that of all of them.
  [[nodiscard]] Result<void> announce(const Announcement& announcement);
  [[nodiscard]] Result<void> withdraw(const AnnouncementKey& key);
  [[nodiscard]] Result<void> told(const AnnouncementKey& key);
  // What is kept, and found by the responder. By value: a key handed out by the kernel's iteration
  // is never kept (a withdrawal of live entries came of that elsewhere). A page that vanishes
  // meanwhile is left out.
  [[nodiscard]] Result<std::vector<ActualAnnouncement>> all() const;

 private:
  AnnouncedMaps(const ResponderMaps& maps, std::uint32_t capacity, PageArrays pages,
                SlotRecords records);
  [[nodiscard]] int map_of(Family family) const;
  [[nodiscard]] Result<void> lay_out();
  [[nodiscard]] Result<void> write(const PageKey& key, const announced_page& page);
  [[nodiscard]] Result<std::uint32_t> find_slots(const announced_page& page, Places added);
  [[nodiscard]] Result<void> add(announced_page& page, const Place& place);
  [[nodiscard]] Result<void> leave_slots(const announced_page& before, const announced_page& after);

  const ResponderMaps* maps_;
  std::uint32_t capacity_;  // per family
  PageArrays pages_;
  SlotRecords records_;
  SlotSpace slots_;
  std::array<std::uint32_t, 2> announced_{};  // how many, by Family
};

}  // namespace isat
