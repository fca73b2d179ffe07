// SPDX-License-Identifier: Apache-2.0
// An array map of the kernel's, mapped into this process: its elements are read and written in
// place, while programs do the same.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "dataplane/result.h"

namespace isat {

template <typename T>
class MappedArray {
  static_assert(sizeof(T) % 8 == 0, "the kernel rounds elements up to eight bytes");

 public:
  MappedArray() = default;
  // The map, created with BPF_F_MMAPABLE, has that many elements. Its descriptor may be closed
  // afterwards.
  [[nodiscard]] static Result<MappedArray> open(int map, std::size_t count, std::string_view name) {
    void* elements = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (elements == MAP_FAILED) return fail_errno("map into memory", name);
    MappedArray array;
    array.elements_ = {static_cast<T*>(elements), Unmapper{count}};
    return array;
  }

  // Good while this array, or what it was moved to, lives.
  [[nodiscard]] std::span<T> elements() const {
    return {elements_.get(), elements_.get_deleter().count};
  }

 private:
  struct Unmapper {
    std::size_t count = 0;
    void operator()(T* elements) const { ::munmap(elements, count * sizeof(T)); }
  };

  std::unique_ptr<T, Unmapper> elements_;
};

}  // namespace isat
