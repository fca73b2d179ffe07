// SPDX-License-Identifier: Apache-2.0
// The maps pages_v4 and pages_v6, mapped into this process.
#pragma once

#include <functional>

#include "dataplane/mapped_array.h"
#include "dataplane/page_key.h"
#include "dataplane/placed_pages.h"
#include "dataplane/responder_maps.h"

namespace isat {

class PageArrays {
 public:
  // Of maps just created, which nobody reads yet.
  [[nodiscard]] static Result<void> clear(const ResponderMaps& maps);
  // Borrows the maps.
  [[nodiscard]] static Result<PageArrays> open(const ResponderMaps& maps);

  // As PlacedPages says.
  [[nodiscard]] announced_page find(const PageKey& key) const;
  [[nodiscard]] Result<void> put(const PageKey& key, const announced_page& page);
  void erase(const PageKey& key);
  void retain(const std::function<bool(const PageKey& key)>& wanted);

 private:
  MappedArray<placed_v4> memory_v4_;
  MappedArray<placed_v6> memory_v6_;
  PlacedPages<placed_v4> v4_;
  PlacedPages<placed_v6> v6_;
};

}  // namespace isat
