// SPDX-License-Identifier: Apache-2.0
// A ring of sampled frames of one's own.
#include "dataplane/frame_tap.h"

#include <bpf/bpf.h>

#include <cstring>

#include "dataplane/file_descriptor.h"

namespace isat {
namespace {

constexpr std::chrono::seconds kLifetime{3};

}  // namespace

Result<std::unique_ptr<FrameTap>> FrameTap::open(const std::string& pin, BootTime now) {
  std::unique_ptr<FrameTap> tap(new FrameTap(pin));
  auto ring = TapRing::open(pin, "frame_taps");
  if (!ring) return tl::unexpected(ring.error());
  tap->ring_ = std::move(*ring);
  auto* self = tap.get();
  auto reader =
      RingReader::open(self->ring_->descriptor(),
                       [self](const void* record, std::size_t size) { self->take(record, size); });
  if (!reader) return tl::unexpected(reader.error());
  tap->reader_ = std::move(*reader);
  if (auto kept = tap->watch_until(now + kLifetime); !kept) return tl::unexpected(kept.error());
  return tap;
}

FrameTap::~FrameTap() {
  // Only while the place is still ours; nor is there anybody to tell when it fails.
  if (ring_ && ring_->keep()) static_cast<void>(watch_until(BootTime{0}));
}

Result<void> FrameTap::watch_until(BootTime until) {
  const auto path = pin_ + "/watched_until";
  const FileDescriptor map(bpf_obj_get(path.c_str()));
  if (!map.valid()) return fail_errno("open pinned map", path);
  const auto slot = ring_->slot();
  const std::uint64_t boot_ns = until.count();
  if (bpf_map_update_elem(map.get(), &slot, &boot_ns, BPF_ANY) != 0) {
    return fail_errno("write map", path);
  }
  return {};
}

Result<void> FrameTap::keep(BootTime now) {
  if (auto kept = ring_->keep(); !kept) return kept;
  return watch_until(now + kLifetime);
}

std::vector<FrameSample> FrameTap::process() {
  reader_->process();
  return std::exchange(taken_, {});
}

void FrameTap::take(const void* record, std::size_t size) {
  frame_sample raw{};
  if (size < sizeof raw) return;  // of another layout: nothing we could name
  std::memcpy(&raw, record, sizeof raw);
  const auto before = numbers_.find(raw.cpu);
  if (before != numbers_.end() && raw.number > before->second) {
    missed_ += raw.number - before->second - 1;
  }
  numbers_[raw.cpu] = raw.number;
  taken_.push_back(sample_of(raw));
}

}  // namespace isat
