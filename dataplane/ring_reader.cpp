// SPDX-License-Identifier: Apache-2.0
// Reads a BPF ring buffer.
#include "dataplane/ring_reader.h"

#include <bpf/libbpf.h>

namespace isat {

void RingReader::Closer::operator()(struct ring_buffer* ring) const {
  ring_buffer__free(ring);
}

Result<std::unique_ptr<RingReader>> RingReader::open(int ring, Take take) {
  std::unique_ptr<RingReader> reader(new RingReader(std::move(take)));
  reader->ring_.reset(ring_buffer__new(ring, call, reader.get(), nullptr));
  if (!reader->ring_) return fail_errno("open", "a ring");
  return reader;
}

int RingReader::descriptor() const {
  return ring_buffer__epoll_fd(ring_.get());
}

void RingReader::process() {
  // An error here is a broken callback, and ours cannot fail.
  static_cast<void>(ring_buffer__consume(ring_.get()));
}

int RingReader::call(void* reader, void* record, std::size_t size) {
  static_cast<RingReader*>(reader)->take_(record, size);
  return 0;
}

}  // namespace isat
