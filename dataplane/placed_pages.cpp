// SPDX-License-Identifier: Apache-2.0
// Puts pages where the responder looks for them, while it looks.
#include "dataplane/placed_pages.h"

#include <atomic>
#include <cstring>

#include "bpf/pages.h"

namespace isat {
namespace {

using std::memory_order_relaxed;
using std::memory_order_release;

// In `answer`, above the MAC. A home that so many miss is never free of them again.
constexpr __u64 kOneElsewhere = __u64{1} << PLACED_MAC_BITS;
constexpr __u64 kMostElsewhere = 0xffff;

// A v4 key is one word to the responder. A v6 key is three, so no mixture of a free one and a
// page's may look like a third: no page begins at an odd address, nor is anything announced in
// ff00::/8.
constexpr std::uint8_t kFree = 0xff;

std::size_t home_of(const announced_v4_key& key) {
  return page_home_v4(load32(key.address), key.ifindex);
}
std::size_t home_of(const announced_v6_key& key) {
  __u64 prefix = 0;
  std::memcpy(&prefix, key.address, sizeof prefix);
  return page_home_v6(prefix, load32(key.address + 8), load32(key.address + 12), key.ifindex);
}
std::uint32_t hash_of(const announced_v4_key& key) {
  return page_hash_v4(load32(key.address), key.ifindex);
}
std::uint32_t hash_of(const announced_v6_key& key) {
  __u64 halves[2];
  std::memcpy(halves, key.address, sizeof halves);
  return page_hash_v6(halves[0], halves[1], key.ifindex);
}

template <typename Key>
bool same(const Key& left, const Key& right) {
  return std::memcmp(&left, &right, sizeof left) == 0;
}

template <typename Key>
Key free_key() {
  Key key;
  std::memset(&key, kFree, sizeof key);
  return key;
}

template <typename Key>
bool is_free(const Key& key) {
  return same(key, free_key<Key>());
}

using Word [[gnu::may_alias]] = __u64;

void write_key(announced_v4_key& to, const announced_v4_key& key) {
  __u64 word = 0;
  std::memcpy(&word, &key, sizeof word);
  std::atomic_ref(*reinterpret_cast<Word*>(&to)).store(word, memory_order_release);
}
void write_key(announced_v6_key& to, const announced_v6_key& key) {
  for (const std::size_t half : {0, 8}) {
    __u64 word = 0;
    std::memcpy(&word, key.address + half, sizeof word);
    auto* there = reinterpret_cast<Word*>(to.address + half);
    std::atomic_ref(*there).store(word, memory_order_release);
  }
  std::atomic_ref(to.ifindex).store(key.ifindex, memory_order_release);
}

__u64 elsewhere(const __u64& answer) {
  return answer >> PLACED_MAC_BITS;
}

// The MAC stays.
void count_elsewhere(__u64& answer, bool one_more) {
  if (elsewhere(answer) == kMostElsewhere) return;
  std::atomic_ref(answer).store(one_more ? answer + kOneElsewhere : answer - kOneElsewhere,
                                memory_order_release);
}

}  // namespace

template <typename Placed>
void PlacedPages<Placed>::clear(std::span<Placed> places) {
  for (auto& place : places) {
    place = Placed{};
    place.key = free_key<Key>();
  }
}

template <typename Placed>
std::size_t PlacedPages<Placed>::home(const Key& key) const {
  return home_of(key) & (places_.size() - 1);
}

template <typename Placed>
std::size_t PlacedPages<Placed>::detour(const Key& key, std::uint32_t step) const {
  return page_detour(hash_of(key), step) & (places_.size() - 1);
}

template <typename Placed>
template <typename Fits>
Placed* PlacedPages<Placed>::seek(const Key& key, Fits fits) const {
  if (auto& place = places_[home(key)]; fits(place.key)) return &place;
  for (std::uint32_t step = 0; step < PAGE_REACH; step++) {
    if (auto& place = places_[detour(key, step)]; fits(place.key)) return &place;
  }
  return nullptr;
}

template <typename Placed>
announced_page PlacedPages<Placed>::find(const Key& key) const {
  announced_page page{};
  const auto* place = seek(key, [&](const Key& there) { return same(there, key); });
  if (place == nullptr) return page;
  page.announced = place->announced;
  page.first_slot = place->first_slot;
  store_mac(page.mac, place->answer & PLACED_MAC);
  return page;
}

template <typename Placed>
Result<void> PlacedPages<Placed>::put(const Key& key, const announced_page& page) {
  auto* place = seek(key, [&](const Key& there) { return same(there, key); });
  if (place == nullptr) {
    place = seek(key, is_free<Key>);
    if (place == nullptr) {
      if (auto freed = free_the_deserted(); !freed) return freed;
      place = seek(key, is_free<Key>);
    }
    if (place == nullptr) return fail("every place within reach is taken", ENOSPC);
    occupy(*place, key);
  }
  const auto answer = load_mac(page.mac) | (place->answer & ~PLACED_MAC);
  std::atomic_ref(place->answer).store(answer, memory_order_relaxed);
  std::atomic_ref(place->first_slot).store(page.first_slot, memory_order_relaxed);
  std::atomic_ref(place->announced).store(page.announced, memory_order_release);
  return {};
}

template <typename Placed>
void PlacedPages<Placed>::occupy(Placed& place, const Key& key) {
  auto& at_home = places_[home(key)];
  if (&place != &at_home) count_elsewhere(at_home.answer, true);
  write_key(place.key, key);
}

template <typename Placed>
void PlacedPages<Placed>::erase(const Key& key) {
  auto* place = seek(key, [&](const Key& there) { return same(there, key); });
  if (place != nullptr) std::atomic_ref(place->announced).store(0, memory_order_release);
}

template <typename Placed>
void PlacedPages<Placed>::retain(const std::function<bool(const Key& key)>& wanted) {
  for (auto& place : places_) {
    if (place.announced != 0 && !wanted(place.key)) {
      std::atomic_ref(place.announced).store(0, memory_order_release);
    }
  }
}

template <typename Placed>
Result<void> PlacedPages<Placed>::free_the_deserted() {
  for (auto& place : places_) {
    if (place.announced != 0 || is_free(place.key)) continue;
    const Key key = place.key;
    write_key(place.key, free_key<Key>());
    auto& at_home = places_[home(key)];
    if (&place != &at_home) count_elsewhere(at_home.answer, false);
    // Its MAC goes too: no new page is to be found with it.
    std::atomic_ref(place.answer).store(place.answer & ~PLACED_MAC, memory_order_relaxed);
  }
  return grace_();
}

template class PlacedPages<placed_v4>;
template class PlacedPages<placed_v6>;

}  // namespace isat
