// SPDX-License-Identifier: Apache-2.0
// Announcements share pages with their neighbours: what happens to one must not happen to another.
#include "dataplane/announced_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "tests/frames/frame.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

using frames::address;

constexpr std::uint32_t kCapacity = 8;
constexpr InterfaceIndex kInterface = 7;

class AnnouncedMapsTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto maps = ResponderMaps::create(kCapacity);
    ASSERT_TRUE(maps) << maps.error().message;
    maps_.emplace(std::move(*maps));
    reopen();
  }
  void reopen() {
    auto announced = AnnouncedMaps::take_over(*maps_);
    ASSERT_TRUE(announced) << announced.error().message;
    announced_.emplace(std::move(*announced));
  }

  Result<void> announce(const char* text, InterfaceIndex interface = kInterface) {
    return announced_->announce({{address(text), interface}, frames::kOurs});
  }
  Result<void> withdraw(const char* text, InterfaceIndex interface = kInterface) {
    return announced_->withdraw({address(text), interface});
  }
  std::map<AnnouncementKey, ActualAnnouncement> all() {
    std::map<AnnouncementKey, ActualAnnouncement> found;
    const auto listed = announced_->all();
    EXPECT_TRUE(listed) << listed.error().message;
    for (const auto& actual : *listed) found.emplace(actual.announcement.key, actual);
    EXPECT_EQ(found.size(), listed->size()) << "each is listed once";
    return found;
  }
  ActualAnnouncement one(const char* text) { return all().at({address(text), kInterface}); }
  announced_page page_of(const char* text) {
    const auto key = place_of({address(text), kInterface}).page;
    announced_page page{};
    EXPECT_EQ(bpf_map_lookup_elem(maps_->descriptor("announced_v4"), key.bytes.data(), &page), 0);
    return page;
  }
  std::uint32_t slot_of(const char* text) {
    return page_of(text).first_slot + place_of({address(text), kInterface}).at;
  }
  // As the responder does.
  void yield(std::uint32_t slot) {
    const std::uint32_t yes = 1;
    ASSERT_EQ(bpf_map_update_elem(maps_->descriptor("yielded"), &slot, &yes, BPF_ANY), 0);
  }
  void answer(std::uint32_t cpu, std::uint32_t slot, std::uint64_t times) {
    const std::uint32_t counter = cpu * ResponderMaps::slots(kCapacity) + slot;
    const std::uint32_t at = counter / ANSWERED_LOW_COUNTS;
    const auto shift = counter % ANSWERED_LOW_COUNTS * 8;
    const auto answered = maps_->descriptor("answered"), low = maps_->descriptor("answered_low");
    std::uint64_t word = 0;
    ASSERT_EQ(bpf_map_lookup_elem(low, &at, &word), 0);
    ASSERT_EQ(word >> shift & 0xff, 0U) << "answered before";
    word |= times % 256 << shift;
    const std::uint64_t steps = times / ANSWERED_STEP * ANSWERED_STEP;
    ASSERT_EQ(bpf_map_update_elem(answered, &counter, &steps, BPF_ANY), 0);
    ASSERT_EQ(bpf_map_update_elem(low, &at, &word, BPF_ANY), 0);
  }
  std::size_t pages() {
    std::size_t count = 0;
    announced_v4_key key{}, next{};
    const void* position = nullptr;
    while (bpf_map_get_next_key(maps_->descriptor("announced_v4"), position, &next) == 0) {
      key = next;
      position = &key;
      count++;
    }
    return count;
  }
  // Where the responder finds the page.
  announced_page found(const char* text) {
    const auto pages = PageArrays::open(*maps_);
    EXPECT_TRUE(pages) << pages.error().message;
    return pages->find(place_of({address(text), kInterface}).page);
  }

  std::optional<ResponderMaps> maps_;
  std::optional<AnnouncedMaps> announced_;
};

TEST_F(AnnouncedMapsTest, NeighboursShareAPageAndNothingElse) {
  for (const auto* text : {"192.0.2.0", "192.0.2.63", "192.0.2.64", "2001:db8::3f", "2001:db8::40"})
    ASSERT_TRUE(announce(text));
  ASSERT_TRUE(announce("192.0.2.0", kInterface + 1));
  EXPECT_EQ(pages(), 3U);
  EXPECT_EQ(all().size(), 6U);
  for (const auto& [key, actual] : all()) {
    EXPECT_EQ(actual.announcement.mac, frames::kOurs) << key.address.to_string();
    EXPECT_FALSE(actual.yielded);
  }
  ASSERT_TRUE(withdraw("192.0.2.0"));
  EXPECT_EQ(all().size(), 5U);
  EXPECT_TRUE(all().contains({address("192.0.2.63"), kInterface}));
  EXPECT_TRUE(all().contains({address("192.0.2.0"), kInterface + 1}));
  ASSERT_TRUE(withdraw("192.0.2.0")) << "absent is success";
}

TEST_F(AnnouncedMapsTest, APageGoesWithItsLastAnnouncement) {
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_TRUE(announce("192.0.2.2"));
  ASSERT_TRUE(withdraw("192.0.2.1"));
  EXPECT_EQ(pages(), 1U);
  ASSERT_TRUE(withdraw("192.0.2.2"));
  EXPECT_EQ(pages(), 0U);
}

TEST_F(AnnouncedMapsTest, UntoldOutlivesItsSpeaker) {
  for (const auto* text : {"192.0.2.1", "192.0.2.2", "2001:db8::1"}) ASSERT_TRUE(announce(text));
  ASSERT_TRUE(announced_->told({address("192.0.2.1"), kInterface}));
  ASSERT_TRUE(announced_->told({address("192.0.2.1"), kInterface}));
  ASSERT_TRUE(announced_->told({address("192.0.2.3"), kInterface})) << "absent is success";
  ASSERT_TRUE(announced_->told({address("198.51.100.3"), kInterface})) << "its page, too";
  reopen();
  EXPECT_FALSE(one("192.0.2.1").untold);
  EXPECT_TRUE(one("192.0.2.2").untold);
  EXPECT_TRUE(one("2001:db8::1").untold);
  ASSERT_TRUE(withdraw("192.0.2.2"));
  EXPECT_EQ(page_of("192.0.2.1").untold, 0U) << "it goes with its announcement";
  ASSERT_TRUE(announce("192.0.2.1"));
  EXPECT_TRUE(one("192.0.2.1").untold) << "announced anew";
}

TEST_F(AnnouncedMapsTest, CapacityCountsAnnouncementsOfAFamily) {
  for (const auto* text : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5",
                           "192.0.2.6", "192.0.2.7", "198.51.100.1"})
    ASSERT_TRUE(announce(text));
  const auto refused = announce("192.0.2.8");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ENOSPC);
  EXPECT_EQ(refused.error().message,
            "announce 192.0.2.8 on interface 7: the map is full at 8 announcements per family; "
            "raise `capacity`");
  EXPECT_TRUE(announce("192.0.2.7")) << "present already";
  EXPECT_TRUE(announce("2001:db8::1")) << "the other family";
  reopen();
  EXPECT_FALSE(announce("192.0.2.8")) << "a restart forgets none";
  ASSERT_TRUE(withdraw("192.0.2.1"));
  EXPECT_TRUE(announce("192.0.2.8"));
}

TEST_F(AnnouncedMapsTest, AYieldIsItsAnnouncementsAlone) {
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_TRUE(announce("192.0.2.2"));
  yield(slot_of("192.0.2.1"));
  EXPECT_TRUE(one("192.0.2.1").yielded);
  EXPECT_FALSE(one("192.0.2.2").yielded);
  // The page is rewritten for others; what the responder said of this one stands.
  ASSERT_TRUE(announce("192.0.2.3"));
  ASSERT_TRUE(withdraw("192.0.2.2"));
  EXPECT_TRUE(one("192.0.2.1").yielded);
  ASSERT_TRUE(announce("192.0.2.1"));
  EXPECT_FALSE(one("192.0.2.1").yielded) << "announced anew";
}

TEST_F(AnnouncedMapsTest, ASlotIsUsedAgainWithoutItsPast) {
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_TRUE(announce("192.0.2.2"));
  const auto slot = slot_of("192.0.2.1");
  const auto cpus = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  for (std::uint32_t cpu = 0; cpu < cpus; cpu++) answer(cpu, slot, 5);
  answer(0, slot + 2, 7);
  yield(slot);
  EXPECT_EQ(one("192.0.2.1").answered, 5U * cpus) << "over all CPUs";
  ASSERT_TRUE(announce("192.0.2.1"));
  EXPECT_EQ(one("192.0.2.1").answered, 5U * cpus) << "counted on";
  yield(slot);
  ASSERT_TRUE(withdraw("192.0.2.1"));
  reopen();
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_EQ(slot_of("192.0.2.1"), slot) << "its page is still there";
  EXPECT_EQ(one("192.0.2.1").answered, 0U);
  EXPECT_FALSE(one("192.0.2.1").yielded);
}

// Room for eight announcements of a family to be counted is one run of 64 slots.
TEST_F(AnnouncedMapsTest, APageMovesItsCountsWhenItsNextSlotIsTaken) {
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_TRUE(announce("192.0.2.128"));
  const auto before = slot_of("192.0.2.1");
  const auto taken = slot_of("192.0.2.128");
  const auto place = static_cast<std::uint8_t>(1 + taken - before);
  const auto in_the_way = "192.0.2." + std::to_string(place);
  answer(0, before, 5);
  yield(before);
  ASSERT_TRUE(announce(in_the_way.c_str()));
  EXPECT_NE(slot_of("192.0.2.1"), before);
  EXPECT_EQ(slot_of(in_the_way.c_str()), slot_of("192.0.2.1") + place - 1);
  EXPECT_EQ(slot_of("192.0.2.128"), taken);
  EXPECT_EQ(one("192.0.2.1").answered, 5U);
  EXPECT_TRUE(one("192.0.2.1").yielded);
  EXPECT_EQ(one(in_the_way.c_str()).answered, 0U);
  EXPECT_FALSE(one(in_the_way.c_str()).yielded);
  EXPECT_EQ(found("192.0.2.1").first_slot, page_of("192.0.2.1").first_slot);
}

TEST_F(AnnouncedMapsTest, ThereAreSlotsForAsManyAsTheMapHolds) {
  const std::array places = {0, 63, 62, 1, 31, 32, 33, 7};
  for (std::size_t i = 0; i < places.size(); i++) {
    const auto v4 = "10.0." + std::to_string(i) + "." + std::to_string(places[i]);
    ASSERT_TRUE(announce(v4.c_str())) << v4;
    const auto v6 = "2001:db8::" + std::to_string(i + 1) + ":3f";
    ASSERT_TRUE(announce(v6.c_str())) << v6;
  }
  for (const auto& [key, actual] : all()) EXPECT_EQ(actual.answered, 0U);
  EXPECT_EQ(all().size(), 2 * places.size());
}

TEST_F(AnnouncedMapsTest, WhatTheResponderFindsIsWhatIsKept) {
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_TRUE(announce("192.0.2.2"));
  auto kept = page_of("192.0.2.1");
  auto laid_out = found("192.0.2.1");
  kept.untold = 0;  // is for the next speaker only
  EXPECT_EQ(std::memcmp(&kept, &laid_out, sizeof kept), 0);
  ASSERT_TRUE(withdraw("192.0.2.1"));
  EXPECT_EQ(found("192.0.2.2").announced, page_of("192.0.2.2").announced);
  ASSERT_TRUE(withdraw("192.0.2.2"));
  EXPECT_EQ(found("192.0.2.2").announced, 0U);
}

// What was kept and not laid out, or laid out and not kept.
TEST_F(AnnouncedMapsTest, TheNextWriterFinishesWhatOneLeftHalfDone) {
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_TRUE(announce("192.0.2.65"));
  auto pages = PageArrays::open(*maps_);
  ASSERT_TRUE(pages);
  const auto not_laid_out = place_of({address("192.0.2.1"), kInterface}).page;
  pages->erase(not_laid_out);
  EXPECT_FALSE(all().contains({address("192.0.2.1"), kInterface})) << "the responder finds it not";
  auto page = page_of("192.0.2.65");
  const auto not_kept = place_of({address("192.0.2.129"), kInterface}).page;
  ASSERT_TRUE(pages->put(not_kept, page));
  reopen();
  EXPECT_EQ(pages->find(not_laid_out).announced, page_of("192.0.2.1").announced);
  EXPECT_EQ(pages->find(not_kept).announced, 0U);
  EXPECT_EQ(all().size(), 2U);
}

TEST_F(AnnouncedMapsTest, AHandInThePagesIsMendedByAnnouncing) {
  ASSERT_TRUE(announce("192.0.2.1"));
  auto pages = PageArrays::open(*maps_);
  ASSERT_TRUE(pages);
  pages->erase(place_of({address("192.0.2.1"), kInterface}).page);
  EXPECT_TRUE(all().empty()) << "so that whoever compares announces it again";
  ASSERT_TRUE(announce("192.0.2.1"));
  EXPECT_EQ(all().size(), 1U);
}

// Far more pages than there are places, a few at a time: places of deserted ones come into use.
TEST_F(AnnouncedMapsTest, PlacesOfDesertedPagesAreUsedAgain) {
  for (int i = 0; i < 300; i++) {
    const auto text = "10." + std::to_string(i % 7) + "." + std::to_string(i % 251) + ".9";
    ASSERT_TRUE(announce(text.c_str())) << text;
    ASSERT_NE(found(text.c_str()).announced, 0U) << text;
    ASSERT_TRUE(withdraw(text.c_str())) << text;
    ASSERT_EQ(found(text.c_str()).announced, 0U) << text;
  }
  EXPECT_TRUE(all().empty());
}

TEST_F(AnnouncedMapsTest, AnInterfacesNewMacIsThatOfAll) {
  ASSERT_TRUE(announce("192.0.2.1"));
  ASSERT_TRUE(announce("192.0.2.2"));
  ASSERT_TRUE(announced_->announce({{address("192.0.2.1"), kInterface}, frames::kRival}));
  EXPECT_EQ(one("192.0.2.1").announcement.mac, frames::kRival);
  EXPECT_EQ(one("192.0.2.2").announcement.mac, frames::kRival);
}

}  // namespace
}  // namespace isat::test
