// SPDX-License-Identifier: Apache-2.0
// Reads a BPF ring buffer, which has one consumer: this is it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "dataplane/result.h"

struct ring_buffer;

namespace isat {

class RingReader {
 public:
  // Called for each record; what it points to is gone afterwards.
  using Take = std::function<void(const void* record, std::size_t size)>;

  // `ring` is the map's descriptor, borrowed.
  [[nodiscard]] static Result<std::unique_ptr<RingReader>> open(int ring, Take take);

  // Readable when there are records.
  [[nodiscard]] int descriptor() const;
  // All that are there now, oldest first.
  void process();

 private:
  struct Closer {
    void operator()(struct ring_buffer* ring) const;
  };
  explicit RingReader(Take take) : take_(std::move(take)) {}
  static int call(void* reader, void* record, std::size_t size);

  Take take_;
  std::unique_ptr<struct ring_buffer, Closer> ring_;
};

}  // namespace isat
