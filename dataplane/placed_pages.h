// SPDX-License-Identifier: Apache-2.0
// The writer's side of pages_v4 or pages_v6: puts pages where the responder looks for them
// (bpf/pages.h), while it looks. It never finds one that is half there, or another's.
//
// A place is given to a page for good: withdrawn, the page stays, without an announcement. Only
// when there is no free place left for a new page are such ones taken out, all at once; between
// that and a new page in their places passes a grace period, in which whoever had found the old one
// is done.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "bpf/abi.h"
#include "dataplane/result.h"

namespace isat {

// Placed: placed_v4 or placed_v6.
template <typename Placed>
class PlacedPages {
 public:
  using Key = decltype(Placed::key);
  // Returns when every program that ran at its beginning has ended.
  using Grace = std::function<Result<void>()>;

  PlacedPages() = default;
  // As many places as a power of two, borrowed, prepared once by clear().
  PlacedPages(std::span<Placed> places, Grace grace) : places_(places), grace_(std::move(grace)) {}

  // Before anybody reads: every place free.
  static void clear(std::span<Placed> places);

  // Empty when there is no such page, or nothing announced in it.
  [[nodiscard]] announced_page find(const Key& key) const;
  // What answers for one of its addresses goes over from the old page to the new one in one step,
  // but for the MAC, which does so in another. ENOSPC when all places in reach are taken.
  [[nodiscard]] Result<void> put(const Key& key, const announced_page& page);
  void erase(const Key& key);
  // Erases whatever is not wanted.
  void retain(const std::function<bool(const Key& key)>& wanted);

 private:
  [[nodiscard]] std::size_t home(const Key& key) const;
  [[nodiscard]] std::size_t detour(const Key& key, std::uint32_t step) const;
  // The place whose key `fits`: at home, or the first within reach.
  template <typename Fits>
  [[nodiscard]] Placed* seek(const Key& key, Fits fits) const;
  void occupy(Placed& place, const Key& key);
  [[nodiscard]] Result<void> free_the_deserted();

  std::span<Placed> places_;
  Grace grace_;
};

extern template class PlacedPages<placed_v4>;
extern template class PlacedPages<placed_v6>;

}  // namespace isat
