// SPDX-License-Identifier: Apache-2.0
// What `isat watch --frames` is shown: every row of the table as it came and went, and no flood.
#include "dataplane/frame_sample.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "dataplane/ring_reader.h"
#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

using frames::Frame;

// A watcher's ring in a place of `frame_taps`.
class Ring {
 public:
  explicit Ring(std::uint32_t bytes = 256 * 1024)
      : map_(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "tap", 0, 0, bytes, nullptr)) {}

  void put_into(int taps, std::uint32_t slot) {
    const int inner = map_.get();
    ASSERT_EQ(bpf_map_update_elem(taps, &slot, &inner, BPF_ANY), 0) << std::strerror(errno);
    auto reader = RingReader::open(inner, [this](const void* record, std::size_t size) {
      ASSERT_EQ(size, sizeof(frame_sample));
      frame_sample raw{};
      std::memcpy(&raw, record, sizeof raw);
      taken_.push_back(raw);
    });
    ASSERT_TRUE(reader);
    reader_ = std::move(*reader);
  }
  std::vector<frame_sample> take() {
    reader_->process();
    return std::exchange(taken_, {});
  }

 private:
  FileDescriptor map_;
  std::vector<frame_sample> taken_;
  std::unique_ptr<RingReader> reader_;
};

Frame shown(const Frame& frame) {
  return {frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(
                                             std::min<std::size_t>(frame.size(), SAMPLE_BYTES))};
}

class FrameSampleTest : public HookTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    // Each processor numbers the frames it could have shown: stay on this one.
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<unsigned>(::sched_getcpu()), &here);
    ASSERT_EQ(::sched_setaffinity(0, sizeof here, &here), 0) << std::strerror(errno);
    auto responder = KernelResponder::create(GetParam(), true);
    ASSERT_TRUE(responder) << responder.error().message;
    responder_.emplace(std::move(*responder));
  }
  [[nodiscard]] int map(const char* name) { return responder_->loaded().maps().descriptor(name); }
  // As if nothing had been shown for a while.
  void forget() {
    const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
    const std::vector<std::uint8_t> zeros(cpus * (sizeof(frame_sample) + 16));
    const std::uint32_t zero = 0;
    ASSERT_EQ(bpf_map_update_elem(map("samplers"), &zero, zeros.data(), BPF_ANY), 0);
  }
  void send(const Frame& frame, std::uint32_t times) {
    const auto sent = responder_->repeat(frame, times);
    ASSERT_TRUE(sent) << sent.error().message;
  }

  std::optional<KernelResponder> responder_;
};

ISAT_AT_BOTH_HOOKS(FrameSampleTest);

TEST_P(FrameSampleTest, EveryRowIsShownToEveryWatcherAsItCameAndWent) {
  Ring one, other;
  one.put_into(map("frame_taps"), 1);
  other.put_into(map("frame_taps"), 6);
  std::size_t ran = 0;
  for (const auto& row : frames::solicitations()) {
    if (!KernelResponder::takes(GetParam(), row.frame, row.setting)) continue;
    SCOPED_TRACE(row.rule + " " + row.name);
    forget();
    const auto verdict = responder_->respond(row.frame, row.setting);
    ASSERT_TRUE(verdict) << verdict.error().message;
    // Showing changes nothing about answering.
    EXPECT_EQ(verdict->outcome, row.outcome);
    EXPECT_EQ(verdict->sent, row.reply.has_value());
    EXPECT_EQ(frames::difference(row.reply.value_or(row.frame), verdict->frame), "");
    const auto raw = one.take();
    EXPECT_EQ(other.take().size(), raw.size());
    if (row.family == FAMILY_OTHER) {
      EXPECT_EQ(raw.size(), 0U) << "other traffic is nobody's business";
      continue;
    }
    ran++;
    ASSERT_EQ(raw.size(), 1U);
    const auto sample = sample_of(raw[0]);
    EXPECT_EQ(sample.family, row.family);
    EXPECT_EQ(sample.outcome, row.outcome);
    EXPECT_EQ(sample.interface, KernelResponder::kIndex);
    EXPECT_EQ(frames::difference(shown(row.frame), sample.frame.bytes), "");
    EXPECT_EQ(sample.frame.length_on_wire, row.frame.size());
    ASSERT_EQ(sample.answer.has_value(), row.reply.has_value());
    if (!row.reply) continue;
    EXPECT_EQ(frames::difference(shown(*row.reply), sample.answer->bytes), "");
    EXPECT_EQ(sample.answer->length_on_wire, row.reply->size());
  }
  EXPECT_GT(ran, 100U);
}

TEST_P(FrameSampleTest, AFloodIsSampledAndItsGapsAreNumbered) {
  Ring ring;
  ring.put_into(map("frame_taps"), 0);
  constexpr std::uint32_t kFlood = 100'000;
  send(frames::arp({.target = frames::kStranger4}), kFlood);
  const auto first = ring.take();
  EXPECT_GE(first.size(), 64U);
  // A window is 67 ms; a busy machine may take a while over the flood.
  EXPECT_LT(first.size(), 64U * 60);
  send(frames::arp({.target = frames::kStranger4}), 1);
  ::usleep(70'000);
  send(frames::arp({.target = frames::kStranger4}), 1);
  const auto last = ring.take();
  ASSERT_FALSE(last.empty());
  EXPECT_EQ(last.back().number, kFlood + 2) << "every frame has a number, shown or not";
}

TEST_P(FrameSampleTest, AReaderThatIsSlowOrDeadHurtsNobody) {
  Ring slow(4096), quick;
  slow.put_into(map("frame_taps"), 0);
  quick.put_into(map("frame_taps"), 1);
  for (int i = 0; i < 40; i++) {
    forget();
    const auto verdict = responder_->respond(frames::arp(), {});
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_TRUE(verdict->sent);
  }
  EXPECT_EQ(quick.take().size(), 40U);
  const auto kept = slow.take().size();
  EXPECT_GT(kept, 0U);
  EXPECT_LT(kept, 40U);
}

}  // namespace
}  // namespace isat::test
