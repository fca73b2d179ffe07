// SPDX-License-Identifier: Apache-2.0
// The responder's maps as descriptors: created afresh, or found pinned; a layout says what they
// hold.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dataplane/file_descriptor.h"
#include "dataplane/result.h"

namespace isat {

class ResponderMaps {
 public:
  // Creates an unpinned set for `capacity` announcements per family. Needs CAP_BPF.
  [[nodiscard]] static Result<ResponderMaps> create(std::uint32_t capacity);
  // Opens the set pinned in `directory`; ENOENT when a map is missing.
  [[nodiscard]] static Result<ResponderMaps> open(const std::string& directory);

  // Pins every map under its name into `directory`, which must lie in a bpffs and hold none of
  // them.
  [[nodiscard]] Result<void> pin(const std::string& directory) const;

  // The descriptor of the map with this name; -1 is impossible for names in names().
  [[nodiscard]] int descriptor(const std::string& name) const;
  // `layout` is the last: whoever moves the pins one by one moves it when all others are there.
  [[nodiscard]] static const std::vector<std::string>& names();

  // A fingerprint of key and value types (from BTF), map types and sizes, as this binary would
  // create them. Pinned beside the maps in `layout`, because reading a map's BTF back needs
  // CAP_SYS_ADMIN.
  [[nodiscard]] static Result<std::uint64_t> layout(std::uint32_t capacity);
  [[nodiscard]] Result<std::uint64_t> pinned_layout() const;
  [[nodiscard]] Result<std::uint32_t> capacity() const;  // announcements per family

  // Places for that many announcements of each family to be counted in: half as many again, so that
  // the counts of a page can be neighbours.
  [[nodiscard]] static std::uint32_t slots(std::uint32_t capacity);
  // Places for that many pages in pages_v4, and in pages_v6: at most a quarter full.
  [[nodiscard]] static std::uint32_t pages(std::uint32_t capacity);

 private:
  std::map<std::string, FileDescriptor> maps_;
};

}  // namespace isat
