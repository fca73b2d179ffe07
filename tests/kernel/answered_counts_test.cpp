// SPDX-License-Identifier: Apache-2.0
// Requests answered are counted exactly: by the responder, over every step, and by who reads
// meanwhile.
#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <thread>

#include "bpf/abi.h"
#include "dataplane/answered_counts.h"
#include "dataplane/mapped_array.h"
#include "tests/frames/frame.h"
#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

constexpr std::uint32_t kCapacity = 8;

void stay_on_this_processor() {
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &here);
  ASSERT_EQ(::sched_setaffinity(0, sizeof here, &here), 0);
}

using CreditTest = HookTest;
ISAT_AT_BOTH_HOOKS(CreditTest);

// The two targets are counted in one word; a verdict also says that nobody else was credited.
TEST_P(CreditTest, OneForEveryAnswerOverEveryStep) {
  stay_on_this_processor();
  auto responder = KernelResponder::create(GetParam());
  ASSERT_TRUE(responder) << responder.error().message;
  for (int i = 0; i < 600; i++) {
    for (const auto& question : {frames::arp(), frames::nd()}) {
      const auto verdict = responder->respond(question, {});
      ASSERT_TRUE(verdict) << i << ": " << verdict.error().message;
      ASSERT_EQ(verdict->answered, 1U) << i;
    }
  }
}

class AnsweredCountsTest : public KernelTest {
 protected:
  using Words = MappedArray<std::uint64_t>;

  void SetUp() override {
    KernelTest::SetUp();
    auto maps = ResponderMaps::create(kCapacity);
    ASSERT_TRUE(maps) << maps.error().message;
    const auto slots = ResponderMaps::slots(kCapacity);
    auto counts = AnsweredCounts::open(*maps, slots);
    ASSERT_TRUE(counts) << counts.error().message;
    counts_ = std::move(*counts);
    answered_ = std::move(*Words::open(maps->descriptor("answered"), slots, "answered"));
    low_ = std::move(*Words::open(maps->descriptor("answered_low"), slots / ANSWERED_LOW_COUNTS,
                                  "answered_low"));
  }

  // Counts to `last` under slot 1 as the responder does, which of the two maps is seen first aside,
  // and reads all the while.
  void count_to(std::uint64_t last, bool low_first) {
    std::atomic<std::uint64_t> begun = 0, done = 0;
    std::thread responder([&] {
      for (std::uint64_t i = 1; i <= last; i++) {
        begun = i;
        if (low_first) std::atomic_ref(low_.elements()[0]) = i % 256 << 8;
        if (i % ANSWERED_STEP == 0) std::atomic_ref(answered_.elements()[1]) = i;
        if (!low_first) std::atomic_ref(low_.elements()[0]) = i % 256 << 8;
        done = i;
      }
    });
    std::uint64_t wrong = 0, reads = 0;
    while (done < last) {
      const auto least = done.load();
      const auto count = counts_.count(1);
      const auto most = begun.load();
      wrong += count < least || count > most ? 1 : 0;
      reads++;
    }
    responder.join();
    EXPECT_EQ(wrong, 0U) << "of " << reads;
    EXPECT_EQ(counts_.count(1), last);
    EXPECT_EQ(counts_.count(0), 0U);
  }

  AnsweredCounts counts_;
  Words answered_, low_;
};

TEST_F(AnsweredCountsTest, AReaderIsExactWhileTheByteIsAhead) {
  count_to(5'000'000, true);
}

TEST_F(AnsweredCountsTest, AReaderIsExactWhileTheByteIsBehind) {
  count_to(5'000'000, false);
}

TEST_F(AnsweredCountsTest, AClearedSlotCountsFromZeroAndACopyGoesOn) {
  answered_.elements()[1] = 1024;
  low_.elements()[0] = std::uint64_t{1030 % 256} << 8;
  EXPECT_EQ(counts_.count(1), 1030U);
  counts_.copy(1, 2);
  EXPECT_EQ(counts_.count(2), 1030U);
  counts_.clear(1);
  EXPECT_EQ(counts_.count(1), 0U);
  low_.elements()[0] += std::uint64_t{3} << 8 | std::uint64_t{5} << 16;
  EXPECT_EQ(counts_.count(1), 3U);
  EXPECT_EQ(counts_.count(2), 1035U);
}

}  // namespace
}  // namespace isat::test
