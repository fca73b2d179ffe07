// SPDX-License-Identifier: Apache-2.0
// A zeroed array in huge pages where the kernel has them to give: with ordinary ones a random
// look-up among a million entries misses the TLB too.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace isat::dpdk {

template <typename T>
class ZeroedArray {
 public:
  explicit ZeroedArray(std::size_t size) : size_(size), elements_(allocate(size)) {}

  [[nodiscard]] T& operator[](std::size_t index) const { return elements_.get()[index]; }
  [[nodiscard]] T* begin() const { return elements_.get(); }
  [[nodiscard]] T* end() const { return elements_.get() + size_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static_assert(std::is_trivially_destructible_v<T>, "nothing is destroyed, only freed");
  struct Free {
    void operator()(T* elements) const { std::free(elements); }
  };

  static T* allocate(std::size_t size) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    constexpr std::size_t kCacheLine = 64;
    const std::size_t wanted = size * sizeof(T);
    const std::size_t unit = wanted < kHugePage ? kCacheLine : kHugePage;
    const std::size_t bytes = (wanted + unit - 1) / unit * unit;
    void* memory = std::aligned_alloc(unit, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    // A wish: refused, the array is only slower. Before the first touch, or it comes too late.
    if (unit == kHugePage) static_cast<void>(::madvise(memory, bytes, MADV_HUGEPAGE));
    std::memset(memory, 0, bytes);
    return static_cast<T*>(memory);
  }

  std::size_t size_;
  std::unique_ptr<T, Free> elements_;
};

}  // namespace isat::dpdk
