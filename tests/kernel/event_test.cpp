// SPDX-License-Identifier: Apache-2.0
// G4: events are limited where a flood arrives, and what is held back is counted.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <time.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "dataplane/event_reader.h"
#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

using frames::arp;
using frames::Frame;
using frames::kClient;
using frames::kRival;
using frames::kTarget4;
using frames::kTarget6;
using frames::nd;
using frames::Setting;

const Frame kConflict = arp({.sender_mac = kRival, .sender = kTarget4});
const Frame kConflict6 =
    nd({.source = kRival, .type = 136, .from = kTarget6, .to = frames::kAllNodes, .options = {}});
const Frame kClaim = arp({.sender = frames::address("0.0.0.0")});
const Frame kClaim6 = nd({.from = frames::kAny6, .options = {}});
constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t boot_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

std::vector<event_kind> kinds(const std::vector<Event>& events) {
  std::vector<event_kind> result;
  for (const auto& event : events) result.push_back(event.kind);
  return result;
}

// A watcher's ring, read as bytes.
class Ring {
 public:
  Ring() : map_(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "tap", 0, 0, 4096, nullptr)) {}

  void read_into(int taps) {
    const std::uint32_t slot = 0;
    const int inner = map_.get();
    ASSERT_EQ(bpf_map_update_elem(taps, &slot, &inner, BPF_ANY), 0) << std::strerror(errno);
    reader_.reset(ring_buffer__new(inner, take_one, &taken_, nullptr));
    ASSERT_TRUE(reader_);
  }
  std::vector<event> take() {
    ring_buffer__consume(reader_.get());
    return std::exchange(taken_, {});
  }

 private:
  static int take_one(void* taken, void* data, std::size_t size) {
    EXPECT_EQ(size, sizeof(event));
    static_cast<std::vector<event>*>(taken)->push_back(*static_cast<event*>(data));
    return 0;
  }
  struct Closer {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  };

  FileDescriptor map_;
  std::vector<event> taken_;
  std::unique_ptr<ring_buffer, Closer> reader_;
};

class EventTest : public HookTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto responder = KernelResponder::create(GetParam());
    ASSERT_TRUE(responder) << responder.error().message;
    responder_.emplace(std::move(*responder));
    send(frames::tcp());  // loads the program, which takes its time
  }

  // Without touching the maps in between: the limiter's memory is what is tested.
  void send(const Frame& frame, std::uint32_t times = 1) {
    const auto sent = responder_->repeat(frame, times);
    ASSERT_TRUE(sent) << sent.error().message;
  }
  std::vector<Event> events() { return responder_->loaded().take_events(); }
  event_limit limit(const Address& target) { return responder_->loaded().limit(target).value(); }
  void remember_conflict_at(std::uint64_t boot_ns) {
    auto value = limit(kTarget4);
    value.last_boot_ns[0] = boot_ns;
    ASSERT_TRUE(responder_->loaded().set_limit(kTarget4, value));
  }
  [[nodiscard]] int map(const char* name) { return responder_->loaded().maps().descriptor(name); }

  std::optional<KernelResponder> responder_;
};

ISAT_AT_BOTH_HOOKS(EventTest);

TEST_P(EventTest, AnEventSaysWhoAndWhatAndWhen) {
  const auto before = boot_now();
  send(kConflict);
  send(kConflict6);
  send(kClaim6);
  const auto seen = events();
  ASSERT_EQ(kinds(seen), (std::vector{EVENT_CONFLICT, EVENT_CONFLICT, EVENT_CLAIM}));
  EXPECT_EQ(seen[0].address, kTarget4);
  EXPECT_EQ(seen[0].mac, kRival);
  EXPECT_EQ(seen[1].address, kTarget6);
  EXPECT_EQ(seen[1].mac, kRival);
  EXPECT_EQ(seen[2].address, kTarget6);
  EXPECT_EQ(seen[2].mac, kClient);
  for (const auto& event : seen) {
    EXPECT_EQ(event.interface, KernelResponder::kIndex);
    EXPECT_GE(event.boot_ns + kSecond / 50, before) << "the clock is a tick or two behind";
    EXPECT_LE(event.boot_ns, boot_now());
  }
}

// No BTF describes what goes through a ring, so the bytes are compared.
TEST_P(EventTest, AnEventIsWhatTheHeaderSays) {
  Ring ring;
  ring.read_into(map("taps"));
  send(kConflict);
  send(kConflict6);
  send(kClaim6);
  auto seen = ring.take();
  ASSERT_EQ(seen.size(), 3U);
  auto expected = [](event_kind kind, isat_family family, const MacAddress& mac,
                     const Address& address) {
    event event{};
    event.ifindex = KernelResponder::kIndex;
    event.slot = LoadedResponder::slot_of(address);
    event.kind = static_cast<__u8>(kind);
    event.family = static_cast<__u8>(family);
    std::memcpy(event.mac, mac.bytes.data(), sizeof event.mac);
    std::memcpy(event.address, address.bytes().data(), address.bytes().size());
    return event;
  };
  const std::array<event, 3> all = {expected(EVENT_CONFLICT, FAMILY_ARP, kRival, kTarget4),
                                    expected(EVENT_CONFLICT, FAMILY_NDP, kRival, kTarget6),
                                    expected(EVENT_CLAIM, FAMILY_NDP, kClient, kTarget6)};
  for (std::size_t i = 0; i < all.size(); i++) {
    EXPECT_NE(seen[i].boot_ns, 0U);
    seen[i].boot_ns = 0;
    EXPECT_EQ(std::memcmp(&seen[i], &all[i], sizeof(event)), 0) << "event " << i;
  }
}

TEST_P(EventTest, OfABurstOneGoesOutAndTheRestIsCounted) {
  send(kConflict, 1000);
  EXPECT_EQ(kinds(events()), std::vector{EVENT_CONFLICT});
  EXPECT_EQ(limit(kTarget4).suppressed, 999U);
  EXPECT_EQ(limit(kTarget6).suppressed, 0U) << "each announcement has its own limit";
  send(kConflict6);
  EXPECT_EQ(kinds(events()), std::vector{EVENT_CONFLICT});
}

TEST_P(EventTest, AfterASecondAnotherGoesOut) {
  remember_conflict_at(boot_now() - kSecond / 2);
  send(kConflict);
  EXPECT_TRUE(events().empty());
  remember_conflict_at(boot_now() - kSecond - kSecond / 50);
  send(kConflict, 2);
  EXPECT_EQ(kinds(events()), std::vector{EVENT_CONFLICT});
  EXPECT_EQ(limit(kTarget4).suppressed, 2U);
}

// Another CPU may have read the clock later within the same tick.
TEST_P(EventTest, AClockATickBehindLetsNothingThrough) {
  remember_conflict_at(boot_now() + kSecond / 250);
  send(kConflict);
  EXPECT_TRUE(events().empty());
}

TEST_P(EventTest, ClaimsDoNotHideAConflict) {
  // A probe is answered in place, so that only the first of a repeated run is one.
  for (int i = 0; i < 100; i++) send(kClaim);
  send(kConflict);
  EXPECT_EQ(kinds(events()), (std::vector{EVENT_CLAIM, EVENT_CONFLICT}));
  EXPECT_EQ(limit(kTarget4).suppressed, 99U);
}

TEST_P(EventTest, AYieldIsNeverHeldBack) {
  send(kConflict, 10);  // uses up the second's conflict
  const std::uint32_t zero = 0;
  const std::uint64_t long_ago = 1;
  ASSERT_EQ(bpf_map_update_elem(map("deadline"), &zero, &long_ago, BPF_ANY), 0);
  send(kConflict, 10);
  EXPECT_EQ(kinds(events()), (std::vector{EVENT_CONFLICT, EVENT_YIELD}));
}

TEST_P(EventTest, AWatchersRingSeesTheSame) {
  const FileDescriptor tap(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "tap", 0, 0, 256 * 1024, nullptr));
  ASSERT_TRUE(tap.valid());
  auto watcher = EventReader::open(tap.get());
  ASSERT_TRUE(watcher) << watcher.error().message;
  const std::uint32_t last = TAP_SLOTS - 1;
  const int inner = tap.get();
  ASSERT_EQ(bpf_map_update_elem(map("taps"), &last, &inner, BPF_ANY), 0) << std::strerror(errno);
  send(kConflict, 5);
  send(kClaim6);
  const auto speaker = events();
  const auto seen = (*watcher)->process();
  EXPECT_EQ(kinds(seen), (std::vector{EVENT_CONFLICT, EVENT_CLAIM}));
  ASSERT_EQ(seen.size(), speaker.size());
  for (std::size_t i = 0; i < seen.size(); i++) {
    EXPECT_EQ(seen[i].address, speaker[i].address);
    EXPECT_EQ(seen[i].mac, speaker[i].mac);
    EXPECT_EQ(seen[i].boot_ns, speaker[i].boot_ns);
  }
  ASSERT_EQ(bpf_map_delete_elem(map("taps"), &last), 0);
  send(kConflict6);
  EXPECT_EQ(events().size(), 1U);
  EXPECT_TRUE((*watcher)->process().empty()) << "taken out, it sees no more";
}

// A watcher that sleeps fills its own ring, and nobody else misses a thing.
TEST_P(EventTest, AFullTapHarmsNobody) {
  const FileDescriptor tap(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "tap", 0, 0, 4096, nullptr));
  const std::uint32_t zero = 0;
  const int inner = tap.get();
  ASSERT_EQ(bpf_map_update_elem(map("taps"), &zero, &inner, BPF_ANY), 0) << std::strerror(errno);
  for (int i = 0; i < 200; i++) {
    ASSERT_TRUE(responder_->loaded().forget_events());
    send(kConflict);
  }
  EXPECT_EQ(events().size(), 200U);
  EXPECT_EQ(limit(kTarget4).suppressed, 0U);
}

TEST_P(EventTest, WhatAFullRingLosesIsCounted) {
  const std::size_t room = 256 * 1024 / (sizeof(event) + 8);  // a ring's records have headers of 8
  for (std::size_t i = 0; i < room + 10; i++) {
    ASSERT_TRUE(responder_->loaded().forget_events());
    send(kConflict);
    if (limit(kTarget4).suppressed == 0) continue;
    EXPECT_GE(i + 2, room);
    EXPECT_EQ(events().size(), i);
    // Read again, it has room again.
    ASSERT_TRUE(responder_->loaded().forget_events());
    send(kConflict);
    EXPECT_EQ(events().size(), 1U);
    return;
  }
  ADD_FAILURE() << "the ring took more than it can hold";
}

}  // namespace
}  // namespace isat::test
