// SPDX-License-Identifier: Apache-2.0
// Announces by the page: what is kept and what the responder finds, one after the other.
#include "dataplane/announced_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <bit>
#include <cstring>
#include <utility>

namespace isat {
namespace {

constexpr std::array kFamilies = {Family::kIpv4, Family::kIpv6};

Places bit(std::uint32_t place) {
  return Places{1} << place;
}

bool holds(const announced_page& page, std::uint32_t place) {
  return (page.announced & bit(place)) != 0;
}

std::string name_of(const AnnouncementKey& key) {
  return key.address.to_string() + " on interface " + std::to_string(key.interface);
}

// Calls visit(slot) for each place, until one fails.
template <typename Visit>
Result<void> each_place(Places places, Visit visit) {
  for (; places != 0; places &= places - 1) {
    const auto place = static_cast<std::uint32_t>(std::countr_zero(places));
    if (Result<void> visited = visit(place); !visited) return visited;
  }
  return {};
}

// The page; an empty one when there is none.
Result<announced_page> read_page(int map, const Place& place) {
  announced_page page{};
  if (bpf_map_lookup_elem(map, place.page.bytes.data(), &page) == 0 || errno == ENOENT) return page;
  return fail_errno("look up", name_of(key_of(place)));
}

// Calls visit(key, page) for every page of a family; both by value.
template <typename Visit>
Result<void> each_page(int map, Family family, Visit visit) {
  PageKey key{family, {}};
  const void* position = nullptr;
  for (PageKey next{family, {}}; bpf_map_get_next_key(map, position, next.bytes.data()) == 0;) {
    key = next;
    position = key.bytes.data();
    announced_page page{};
    if (bpf_map_lookup_elem(map, next.bytes.data(), &page) != 0) {
      if (errno == ENOENT) continue;  // gone between the two calls
      return fail_errno("read announcements around", name_of(key_of({next, 0})));
    }
    if (Result<void> visited = visit(next, page); !visited) return visited;
  }
  if (errno != ENOENT) return fail_errno("list", "announcements");
  return {};
}

}  // namespace

AnnouncedMaps::AnnouncedMaps(const ResponderMaps& maps, std::uint32_t capacity, PageArrays pages,
                             SlotRecords records)
    : maps_(&maps),
      capacity_(capacity),
      pages_(std::move(pages)),
      records_(std::move(records)),
      slots_(ResponderMaps::slots(capacity)) {}

Result<AnnouncedMaps> AnnouncedMaps::open(const ResponderMaps& maps) {
  const auto capacity = maps.capacity();
  if (!capacity) return tl::unexpected(capacity.error());
  auto pages = PageArrays::open(maps);
  if (!pages) return tl::unexpected(pages.error());
  auto records = SlotRecords::open(maps);
  if (!records) return tl::unexpected(records.error());
  return AnnouncedMaps(maps, *capacity, std::move(*pages), std::move(*records));
}

Result<AnnouncedMaps> AnnouncedMaps::take_over(const ResponderMaps& maps) {
  auto result = open(maps);
  if (!result) return result;
  if (auto done = result->lay_out(); !done) return tl::unexpected(done.error());
  return result;
}

int AnnouncedMaps::map_of(Family family) const {
  return maps_->descriptor(family == Family::kIpv4 ? "announced_v4" : "announced_v6");
}

// By what is kept. A writer that died between the two leaves at most one page of difference.
Result<void> AnnouncedMaps::lay_out() {
  pages_.retain([this](const PageKey& key) {
    const auto page = read_page(map_of(key.family), {key, 0});
    return !page || page->announced != 0;
  });
  for (const auto family : kFamilies) {
    auto laid_out =
        each_page(map_of(family), family, [&](const PageKey& key, const announced_page& page) {
          slots_.take(page.first_slot, page.announced);
          announced_[static_cast<std::size_t>(family)] +=
              static_cast<std::uint32_t>(std::popcount(page.announced));
          return pages_.put(key, page);
        });
    if (!laid_out) return laid_out;
  }
  return {};
}

Result<std::uint32_t> AnnouncedMaps::find_slots(const announced_page& page, Places added) {
  if (page.announced != 0 && slots_.is_free(page.first_slot, added)) return page.first_slot;
  const auto found = slots_.find(page.announced | added);
  if (!found) return fail("its page finds no room to be counted in; raise `capacity`", ENOSPC);
  return *found;
}

// Takes the slots that the page needs with one more place, and copies what is known of the others.
Result<void> AnnouncedMaps::add(announced_page& page, const Place& place) {
  const auto first = find_slots(page, bit(place.at));
  if (!first) return tl::unexpected(first.error());
  if (auto cleared = records_.clear(*first + place.at); !cleared) return cleared;
  const bool moves = page.announced != 0 && *first != page.first_slot;
  if (moves) {
    auto copied = each_place(page.announced, [&](std::uint32_t other) {
      return records_.copy(page.first_slot + other, *first + other);
    });
    if (!copied) return copied;
  }
  slots_.take(*first, moves ? page.announced | bit(place.at) : bit(place.at));
  page.first_slot = *first;
  page.announced |= bit(place.at);
  return {};
}

// What the page no longer counts in is given back. A yield that was noted there while it moved
// stands.
Result<void> AnnouncedMaps::leave_slots(const announced_page& before, const announced_page& after) {
  const bool moved = after.announced != 0 && before.first_slot != after.first_slot;
  const auto left = moved ? before.announced : before.announced & ~after.announced;
  slots_.give_back(before.first_slot, left);
  if (!moved) return {};
  return each_place(left & after.announced, [&](std::uint32_t place) -> Result<void> {
    const auto yielded = records_.yielded(before.first_slot + place);
    if (!yielded) return tl::unexpected(yielded.error());
    return *yielded ? records_.set_yielded(after.first_slot + place, true) : Result<void>{};
  });
}

// Where the responder finds it first: what is not kept was never announced, and the next writer
// ends it.
Result<void> AnnouncedMaps::write(const PageKey& key, const announced_page& page) {
  const void* bytes = key.bytes.data();
  int failed = 0;
  if (page.announced == 0) {
    pages_.erase(key);
    failed = bpf_map_delete_elem(map_of(key.family), bytes);
  } else {
    if (auto put = pages_.put(key, page); !put) return put;
    failed = bpf_map_update_elem(map_of(key.family), bytes, &page, BPF_ANY);
  }
  if (failed == 0) return {};
  return fail(std::system_category().message(errno), errno);
}

Result<void> AnnouncedMaps::announce(const Announcement& announcement) {
  const auto& key = announcement.key;
  const auto family = key.address.family();
  const auto place = place_of(key);
  const auto before = read_page(map_of(family), place);
  if (!before) return tl::unexpected(before.error());
  auto page = *before;

  const bool present = holds(page, place.at);
  auto& announced = announced_[static_cast<std::size_t>(family)];
  if (!present && announced == capacity_) {
    return fail("announce " + name_of(key) + ": the map is full at " + std::to_string(capacity_) +
                    " announcements per family; raise `capacity`",
                ENOSPC);
  }
  const auto prepared =
      present ? records_.set_yielded(page.first_slot + place.at, false) : add(page, place);
  std::memcpy(page.mac, announcement.mac.bytes.data(), sizeof page.mac);
  page.untold |= bit(place.at);
  const auto written = prepared ? write(place.page, page) : prepared;
  if (!written) {
    // As it was; but what the responder found meanwhile it finds no more.
    if (prepared) static_cast<void>(pages_.put(place.page, *before));
    static_cast<void>(leave_slots(page, *before));
    return fail("announce " + name_of(key) + ": " + written.error().message, written.error().code);
  }
  if (!present) announced++;
  return leave_slots(*before, page);
}

Result<void> AnnouncedMaps::withdraw(const AnnouncementKey& key) {
  const auto family = key.address.family();
  const auto place = place_of(key);
  const auto before = read_page(map_of(family), place);
  if (!before) return tl::unexpected(before.error());
  if (!holds(*before, place.at)) return {};
  auto page = *before;
  page.announced &= ~bit(place.at);
  page.untold &= ~bit(place.at);
  if (auto written = write(place.page, page); !written) {
    return fail("withdraw " + name_of(key) + ": " + written.error().message, written.error().code);
  }
  announced_[static_cast<std::size_t>(family)]--;
  return leave_slots(*before, page);
}

// Only where it is kept: it is nothing to the responder.
Result<void> AnnouncedMaps::told(const AnnouncementKey& key) {
  const auto place = place_of(key);
  const int map = map_of(key.address.family());
  auto page = read_page(map, place);
  if (!page) return tl::unexpected(page.error());
  if ((page->untold & bit(place.at)) == 0) return {};
  page->untold &= ~bit(place.at);
  if (bpf_map_update_elem(map, place.page.bytes.data(), &*page, BPF_EXIST) == 0) return {};
  return fail_errno("note as told", name_of(key));
}

Result<std::vector<ActualAnnouncement>> AnnouncedMaps::all() const {
  std::vector<ActualAnnouncement> found;
  for (const auto family : kFamilies) {
    auto read =
        each_page(map_of(family), family, [&](const PageKey& key, const announced_page& kept) {
          const auto page = pages_.find(key);
          return each_place(kept.announced & page.announced, [&](std::uint32_t at) -> Result<void> {
            const auto slot = page.first_slot + at;
            const auto yielded = records_.yielded(slot);
            if (!yielded) return tl::unexpected(yielded.error());
            ActualAnnouncement actual{{key_of({key, at}), {}},
                                      *yielded,
                                      records_.answered(slot),
                                      (kept.untold & bit(at)) != 0};
            std::memcpy(actual.announcement.mac.bytes.data(), page.mac, sizeof page.mac);
            found.push_back(actual);
            return {};
          });
        });
    if (!read) return tl::unexpected(read.error());
  }
  return found;
}

}  // namespace isat
