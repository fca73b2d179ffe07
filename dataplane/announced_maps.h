// SPDX-License-Identifier: Apache-2.0
// The announcements in the kernel: typed access to announced_v4, announced_v6 and answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/data_plane.h"
#include "dataplane/responder_maps.h"

namespace isat {

class AnnouncedMaps {
 public:
  // Reads which slots are taken. Borrows the maps, which must outlive this object.
  [[nodiscard]] static Result<AnnouncedMaps> open(const ResponderMaps& maps);

  // As DataPlane says.
  [[nodiscard]] Result<void> announce(const Announcement& announcement);
  [[nodiscard]] Result<void> withdraw(const AnnouncementKey& key);
  // By value: a key handed out by the kernel's iteration is never kept (a withdrawal of live
  // entries came of that elsewhere). An entry that vanishes meanwhile is left out.
  [[nodiscard]] Result<std::vector<ActualAnnouncement>> all() const;

 private:
  explicit AnnouncedMaps(const ResponderMaps& maps) : maps_(&maps) {}
  [[nodiscard]] int map_of(const Address& address) const;
  [[nodiscard]] Result<std::optional<struct announced>> find(const AnnouncementKey& key) const;
  // A slot with its counters at zero; ENOSPC when all are taken.
  [[nodiscard]] Result<std::uint32_t> take_slot();
  [[nodiscard]] Result<std::uint64_t> answered(std::uint32_t slot) const;

  const ResponderMaps* maps_;
  std::uint32_t capacity_ = 0;             // per family; there are twice as many slots
  std::uint32_t slots_used_ = 0;           // slots below this were taken at some time
  std::vector<std::uint32_t> free_slots_;  // of those, the ones given back
};

}  // namespace isat
