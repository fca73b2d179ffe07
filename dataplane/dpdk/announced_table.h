// SPDX-License-Identifier: Apache-2.0
// Who is answered for on one interface, in pages of neighbouring addresses: one writer, one polling
// reader, neither waits for a lock.
//
// Open addressing, at most half full. A page gets its place once: address first, then the MAC, with
// release. The place never gets another page: with nothing announced, it is dead until the live
// ones move to a new array, which is published by one store; the old one is freed when the reader
// let go of it. A bit of `announced` is set last, with release. So whatever a reader finds is
// whole, and what stays announced is never missed. rte_hash, in its lock-free mode, took twice the
// cycles (docs/DPDK.md).
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "bpf/abi.h"
#include "bpf/wire.h"
#include "dataplane/dpdk/readers.h"
#include "dataplane/dpdk/zeroed_array.h"
#include "dataplane/page_key.h"

namespace isat::dpdk {

// Addresses as the frame has them, in words.
using V4 = std::uint32_t;
struct V6 {
  std::uint64_t words[2];
  bool operator==(const V6&) const = default;
};

[[nodiscard]] inline std::uint32_t low_bits(V4 address) {
  return BE32(address);
}
[[nodiscard]] inline std::uint32_t low_bits(const V6& address) {
  return BE32(address.words[1] >> 32);
}
[[nodiscard]] inline unsigned place_in_page(const auto& address) {
  return low_bits(address) & ANNOUNCED_PAGE_MASK;
}

[[nodiscard]] inline V4 page_of(V4 address) {
  return address & BE32(~std::uint32_t{ANNOUNCED_PAGE_MASK});
}
[[nodiscard]] inline V6 page_of(const V6& address) {
  return {{address.words[0], address.words[1] & ~(std::uint64_t{BE32(ANNOUNCED_PAGE_MASK)} << 32)}};
}
[[nodiscard]] inline V4 address_in(V4 page, unsigned place) {
  return page | BE32(place);
}
[[nodiscard]] inline V6 address_in(const V6& page, unsigned place) {
  return {{page.words[0], page.words[1] | std::uint64_t{BE32(place)} << 32}};
}

// Where a page should stand: four neighbours together, so that a pool fills whole cache lines;
// their groups by Fibonacci hashing (Knuth, vol. 3, §6.4), which spreads those of a pool evenly.
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
constexpr std::uint64_t kWithinGroup = 3;
constexpr std::uint64_t kGroup = (kWithinGroup + 1) * ANNOUNCED_PAGE_SIZE;
[[nodiscard]] inline std::uint64_t group_hash(V4 address) {
  return low_bits(address) / kGroup * kGolden;
}
[[nodiscard]] inline std::uint64_t group_hash(const V6& address) {
  const std::uint64_t rest = address.words[0] ^ (address.words[1] & 0xffffffff) << 32;
  return (low_bits(address) / kGroup ^ rest * kGolden) * kGolden;
}

// Above the MAC, so that a page's is never zero.
constexpr mac_t kUsed = mac_t{1} << 63;

template <typename Key>
struct alignas(std::bit_ceil(sizeof(Key) + 3 * sizeof(std::uint64_t))) Page {
  Key first;                              // its lowest address
  std::atomic<std::uint32_t> first_slot;  // a place is counted at first_slot + place, modulo 2^32
  std::atomic<Places> announced;
  std::atomic<Places> yielded;  // given up to a rival: set by the reader
  std::atomic<mac_t> mac;       // to answer with, the same for all of them; and kUsed
};
static_assert(sizeof(Page<V4>) == 32 && sizeof(Page<V6>) == 64, "whole pages in a cache line");

// A place where somebody is announced; page is null when there is none.
template <typename Key>
struct Found {
  Page<Key>* page = nullptr;
  unsigned place = 0;

  [[nodiscard]] explicit operator bool() const { return page != nullptr; }
  [[nodiscard, gnu::always_inline]] mac_t mac() const {
    return page->mac.load(std::memory_order_relaxed) & ~kUsed;
  }
  [[nodiscard, gnu::always_inline]] std::uint32_t slot() const {
    return page->first_slot.load(std::memory_order_relaxed) + place;
  }
  [[nodiscard]] bool yielded() const {
    return page->yielded.load(std::memory_order_relaxed) >> place & 1;
  }
};

template <typename Key>
struct Pages {
  explicit Pages(std::size_t size)
      : array(size), mask(size - 1), shift(64 - static_cast<unsigned>(std::countr_zero(size))) {}

  [[nodiscard]] std::size_t home(const Key& address) const {
    return (group_hash(address) >> shift & ~kWithinGroup) |
           (low_bits(address) / ANNOUNCED_PAGE_SIZE & kWithinGroup);
  }
  // Ends, because half of the places were never used.
  [[nodiscard, gnu::always_inline]] Page<Key>* find_page(const Key& address) const {
    const Key first = page_of(address);
    for (std::size_t at = home(address);; at = (at + 1) & mask) {
      Page<Key>& page = array[at];
      if (page.mac.load(std::memory_order_acquire) == 0) return nullptr;
      if (page.first == first) return &page;
    }
  }
  [[nodiscard, gnu::always_inline]] Found<Key> find(const Key& address) const {
    auto* page = find_page(address);
    const auto place = place_in_page(address);
    if (page == nullptr || !(page->announced.load(std::memory_order_acquire) >> place & 1))
      return {};
    return {page, place};
  }

  ZeroedArray<Page<Key>> array;
  std::size_t mask;
  unsigned shift;
};

// What the writer has to know of a page before it adds to it.
struct PageSlots {
  Places announced = 0;
  std::uint32_t first_slot = 0;
};

template <typename Key>
class AnnouncedTable {
 public:
  // `readers` tells when the reader let go; it must outlive the table.
  explicit AnnouncedTable(Readers& readers) : readers_(readers), current_(new Pages<Key>(kLeast)) {}
  ~AnnouncedTable() { delete current_.load(); }
  AnnouncedTable(const AnnouncedTable&) = delete;
  AnnouncedTable& operator=(const AnnouncedTable&) = delete;

  // The reader's; good until it passes its quiescent state.
  [[nodiscard]] const Pages<Key>& pages() const {
    return *current_.load(std::memory_order_acquire);
  }

  // The rest is the writer's. Empty when there is no such page.
  [[nodiscard]] PageSlots slots_of(const Key& address) const {
    const auto* page = pages().find_page(address);
    if (page == nullptr) return {};
    return {page->announced.load(std::memory_order_relaxed),
            page->first_slot.load(std::memory_order_relaxed)};
  }

  // Answers for this address, not yielded, begin when it returns, and those for all of its page
  // have this MAC and are counted from `first_slot` on: no reader will count in another any more.
  void announce(const Key& address, mac_t mac, std::uint32_t first_slot) {
    auto& page = make_page(address);
    const Places place = Places{1} << place_in_page(address);
    const Places before = page.announced.load(std::memory_order_relaxed);
    page.mac.store(mac | kUsed, std::memory_order_relaxed);
    const auto old_slot = page.first_slot.exchange(first_slot, std::memory_order_relaxed);
    page.yielded.fetch_and(~place, std::memory_order_relaxed);
    page.announced.store(before | place, std::memory_order_release);
    if (!(before & place)) ++live_;
    if (before != 0 && old_slot != first_slot) readers_.wait();
  }

  // The slot of what was announced: when this returns, no reader will touch it any more.
  [[nodiscard]] std::optional<std::uint32_t> withdraw(const Key& address) {
    const auto found = pages().find(address);
    if (!found) return std::nullopt;
    found.page->announced.fetch_and(~(Places{1} << found.place), std::memory_order_release);
    --live_;
    readers_.wait();
    return found.slot();
  }

  [[nodiscard]] std::size_t size() const { return live_; }
  // visit(address, found) for each that is announced.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (auto& page : pages().array) {
      const auto announced = page.announced.load(std::memory_order_relaxed);
      for (unsigned place = 0; place < ANNOUNCED_PAGE_SIZE; place++) {
        if (announced >> place & 1) visit(address_in(page.first, place), Found<Key>{&page, place});
      }
    }
  }

 private:
  static constexpr std::size_t kLeast = 64;

  // The page of this address. A new one has nothing announced yet.
  Page<Key>& make_page(const Key& address) {
    if (auto* page = pages().find_page(address); page != nullptr) return *page;
    if (2 * (used_ + 1) > pages().array.size()) move_to_new_array();
    ++used_;
    return insert(pages(), page_of(address), 0);
  }

  static Page<Key>& insert(const Pages<Key>& pages, const Key& first, mac_t mac) {
    std::size_t at = pages.home(first);
    while (pages.array[at].mac.load(std::memory_order_relaxed) != 0) at = (at + 1) & pages.mask;
    pages.array[at].first = first;
    pages.array[at].mac.store(mac | kUsed, std::memory_order_release);
    return pages.array[at];
  }

  // Leaves the dead behind; as large as lets the live double before the next move.
  void move_to_new_array() {
    const std::unique_ptr<Pages<Key>> old(current_.load());
    used_ = 0;
    for (const auto& page : old->array) used_ += page.announced.load() != 0;
    auto next = std::make_unique<Pages<Key>>(std::bit_ceil(std::max(kLeast, 4 * used_)));
    for (const auto& page : old->array) {
      if (page.announced.load() == 0) continue;
      auto& moved = insert(*next, page.first, page.mac.load());
      moved.first_slot.store(page.first_slot.load());
      moved.announced.store(page.announced.load());
      moved.yielded.store(page.yielded.load());
    }
    // From here on the reader finds the new ones.
    current_.store(next.release(), std::memory_order_release);
    readers_.wait();
    // A yield that was noted in the old ones meanwhile must not be lost.
    for (const auto& page : old->array) {
      if (page.announced.load() != 0)
        pages().find_page(page.first)->yielded.fetch_or(page.yielded.load());
    }
  }

  Readers& readers_;
  std::atomic<Pages<Key>*> current_;
  std::size_t used_ = 0;  // places of the array that have a page, dead ones included
  std::size_t live_ = 0;  // announcements
};

}  // namespace isat::dpdk
