// SPDX-License-Identifier: Apache-2.0
// One thread, one socket: questions by the clock, answers as they come.
#include "tests/cluster/asker.h"

#include <algorithm>
#include <limits>

namespace isat {
namespace {

using namespace std::chrono_literals;

// What was not asked for want of the CPU is not made up for in a burst.
constexpr std::chrono::nanoseconds kLatest = 20ms;

}  // namespace

Result<Asker> Asker::open(const std::string& interface, std::vector<Address> targets,
                          std::uint32_t rate, const std::string& log) {
  if (targets.size() > std::numeric_limits<std::uint16_t>::max()) {
    return fail("ask for " + std::to_string(targets.size()) + " addresses: too many for the log");
  }
  auto wire = Wire::open(interface);
  if (!wire) return tl::unexpected(wire.error());
  Log file(std::fopen(log.c_str(), "wb"));
  if (!file) return fail_errno("open", log);
  const auto period = std::chrono::nanoseconds(1s) / (std::uint64_t{rate} * targets.size());
  return Asker(std::move(*wire), std::move(targets), period, std::move(file));
}

Asker::Asker(Wire wire, std::vector<Address> targets, std::chrono::nanoseconds period, Log log)
    : wire_(std::move(wire)), targets_(std::move(targets)), period_(period), log_(std::move(log)) {
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    positions_.emplace(targets_[i], static_cast<std::uint16_t>(i));
  }
}

Result<void> Asker::turn(std::chrono::nanoseconds now) {
  due_ = std::max(due_, now - kLatest);
  for (; due_ <= now; due_ += period_) {
    const auto target = static_cast<std::uint16_t>(counts_.asked % targets_.size());
    // In the log before it is on the wire: the answer is there at once.
    write(now, RecordKind::kAsked, counts_.asked, target, {});
    if (auto sent = wire_.send(question(targets_[target], wire_.mac(), counts_.asked)); !sent) {
      return tl::unexpected(sent.error());
    }
    if (counts_.asked++ > 0) counts_.longest_pause = std::max(counts_.longest_pause, now - last_);
    last_ = now;
  }
  return collect(now);
}

Result<void> Asker::collect(std::chrono::nanoseconds now) {
  for (;;) {
    const auto count = wire_.receive([&](std::span<const std::uint8_t> frame) {
      const auto heard = hear(frame);
      if (!heard) return;
      const auto position = positions_.find(heard->target);
      if (position == positions_.end()) return;
      if (!heard->number) {
        write(now, RecordKind::kAnnounced, 0, position->second, heard->holder);
        return;
      }
      ++counts_.answers;
      write(now, RecordKind::kAnswered, full_number(*heard, counts_.asked - 1), position->second,
            heard->holder);
    });
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) return {};
  }
}

Result<Asker::Counts> Asker::finish() {
  const auto dropped = wire_.dropped();
  if (!dropped) return tl::unexpected(dropped.error());
  if (*dropped > 0) {
    return fail("log answers: " + std::to_string(*dropped) + " frames were lost before the log");
  }
  if (std::fflush(log_.get()) != 0 || std::ferror(log_.get()) != 0) {
    return fail_errno("write", "the log");
  }
  return counts_;
}

void Asker::write(std::chrono::nanoseconds now, RecordKind kind, std::uint32_t number,
                  std::uint16_t target, const MacAddress& mac) {
  const Record record{static_cast<std::uint64_t>(now.count()), number, kind, target, mac.bytes, {}};
  std::fwrite(&record, sizeof(record), 1, log_.get());
}

}  // namespace isat
