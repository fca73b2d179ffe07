// SPDX-License-Identifier: Apache-2.0
// The look-up structure: what is announced is found, whole, whatever the writer does meanwhile.
#include "dataplane/dpdk/announced_table.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <thread>

namespace isat::dpdk {
namespace {

constexpr mac_t kMac = 0x0100005e0002;

V4 v4(std::uint32_t host_order) {
  return BE32(host_order);
}

V6 v6(std::uint32_t host_order) {
  return {{BE32(0x20010db8), std::uint64_t{BE32(host_order)} << 32}};
}

// Every page its own MAC: an answer made of two pages would show.
mac_t mac_of(V4 address) {
  return std::uint64_t{page_of(address)} << 16 | 2;
}

template <typename Table, typename Key>
auto find(const Table& table, const Key& address) {
  return table.pages().find(address);
}

TEST(AnnouncedTable, AnnouncedIsFoundWithdrawnIsNot) {
  Readers readers;
  AnnouncedTable<V4> table(readers);
  EXPECT_FALSE(find(table, v4(1)));
  EXPECT_FALSE(find(table, v4(0))) << "an empty place is nobody's";
  table.announce(v4(1), kMac, 7);
  EXPECT_EQ(find(table, v4(1)).mac(), kMac);
  EXPECT_EQ(find(table, v4(1)).slot(), 8U);
  EXPECT_FALSE(find(table, v4(0))) << "its neighbour";
  EXPECT_FALSE(find(table, v4(65))) << "the same place of another page";
  table.announce(v4(1), kMac + 1, 7);
  EXPECT_EQ(find(table, v4(1)).mac(), kMac + 1);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.withdraw(v4(1)), 8U);
  EXPECT_EQ(table.withdraw(v4(1)), std::nullopt);
  EXPECT_FALSE(find(table, v4(1)));
  table.announce(v4(1), kMac, 3);
  EXPECT_EQ(find(table, v4(1)).slot(), 4U) << "announced anew";
}

// As SlotSpace has it: a first slot may lie below zero.
TEST(AnnouncedTable, NeighboursShareMacAndSlotsAndNothingElse) {
  Readers readers;
  AnnouncedTable<V4> table(readers);
  table.announce(v4(67), kMac, 128);
  table.announce(v4(127), kMac + 1, 0U - 3);
  EXPECT_EQ(find(table, v4(67)).mac(), kMac + 1);
  EXPECT_EQ(find(table, v4(67)).slot(), 0U);
  EXPECT_EQ(find(table, v4(127)).slot(), 60U);
  EXPECT_EQ(table.slots_of(v4(99)).announced, Places{1} << 3 | Places{1} << 63);
  EXPECT_EQ(table.slots_of(v4(99)).first_slot, 0U - 3);
  EXPECT_EQ(table.withdraw(v4(127)), 60U);
  EXPECT_TRUE(find(table, v4(67)));
}

TEST(AnnouncedTable, ANewAnnouncementIsNotYielded) {
  Readers readers;
  AnnouncedTable<V4> table(readers);
  table.announce(v4(1), kMac, 0);
  table.announce(v4(2), kMac, 0);
  find(table, v4(1)).page->yielded.fetch_or(0b110);
  table.announce(v4(1), kMac, 0);
  EXPECT_FALSE(find(table, v4(1)).yielded());
  EXPECT_TRUE(find(table, v4(2)).yielded()) << "its neighbour is";
}

// Against a map, through many moves to a new array: `dense` addresses fill pages that crowd a few
// groups, the others stand alone, a hash apart.
template <typename Key, typename Make>
void imitate_a_map(Make make, bool dense) {
  Readers readers;
  AnnouncedTable<Key> table(readers);
  std::map<std::uint32_t, std::uint32_t> model;  // address to first slot of its page
  std::minstd_rand random(1);
  const auto spread = [&](std::uint32_t number) { return dense ? number : number * 4096 + number; };
  for (std::uint32_t step = 0; step < 50'000; step++) {
    const auto address = spread(static_cast<std::uint32_t>(random() % 2000));
    const auto page = address / ANNOUNCED_PAGE_SIZE;
    if (random() % 3 == 0) {
      const auto slot = table.withdraw(make(address));
      ASSERT_EQ(slot.has_value(), model.contains(address));
      if (slot) {
        ASSERT_EQ(*slot, page + address % ANNOUNCED_PAGE_SIZE);
      }
      model.erase(address);
    } else {
      table.announce(make(address), page, page);
      model.try_emplace(address, page);
    }
    ASSERT_EQ(table.size(), model.size());
  }
  std::size_t visited = 0;
  table.for_each([&](const Key& address, const Found<Key>& found) {
    ++visited;
    EXPECT_EQ(find(table, address).page, found.page);
    EXPECT_EQ(find(table, address).place, found.place);
  });
  EXPECT_EQ(visited, model.size());
  for (std::uint32_t number = 0; number < 2000; number++) {
    const auto address = spread(number);
    const auto found = find(table, make(address));
    ASSERT_EQ(static_cast<bool>(found), model.contains(address)) << address;
    if (!found) continue;
    EXPECT_EQ(found.mac(), model[address]);
    EXPECT_EQ(found.slot(), model[address] + address % ANNOUNCED_PAGE_SIZE);
  }
  EXPECT_LE(table.pages().array.size(), dense ? 128U : 8192U) << "the dead take no room";
}

TEST(AnnouncedTable, ImitatesAMapOfDenseV4) {
  imitate_a_map<V4>(v4, true);
}

TEST(AnnouncedTable, ImitatesAMapOfSparseV4) {
  imitate_a_map<V4>(v4, false);
}

TEST(AnnouncedTable, ImitatesAMapOfDenseV6) {
  imitate_a_map<V6>(v6, true);
}

TEST(AnnouncedTable, ImitatesAMapOfSparseV6) {
  imitate_a_map<V6>(v6, false);
}

// One thread looks up, as the burst loop does; the other announces and withdraws as fast as it can.
class ConcurrentTableTest : public ::testing::Test {
 protected:
  // Calls look() over and over, quiescent in between, while write(round) is, for a while.
  template <typename Look, typename Write>
  void look_while(Look look, Write write) {
    using Clock = std::chrono::steady_clock;
    std::atomic<bool> looking = false;
    std::atomic<bool> done = false;
    std::thread reader([&] {
      const Reading reading(readers_);
      while (!done) {
        readers_.pass_quiescent();
        look();
        looking = true;
      }
    });
    while (!looking) std::this_thread::yield();
    const auto until = Clock::now() + std::chrono::milliseconds(700);
    for (std::uint32_t round = 0; Clock::now() < until; round++) write(round);
    done = true;
    reader.join();
  }

  Readers readers_;
  AnnouncedTable<V4> table_{readers_};
};

TEST_F(ConcurrentTableTest, WhatStaysAnnouncedIsNeverMissed) {
  constexpr std::uint32_t kStaying = 50;
  for (std::uint32_t i = 0; i < kStaying; i++) table_.announce(v4(32 * i), mac_of(v4(32 * i)), i);
  std::uint64_t missed = 0, looked = 0;
  look_while(
      [&] {
        for (std::uint32_t i = 0; i < kStaying; i++, looked++) {
          const auto found = find(table_, v4(32 * i));
          if (!found || found.mac() != mac_of(v4(32 * i))) missed++;
        }
      },
      [&](std::uint32_t
              round) {  // in pages of others and its own, and makes all move again and again
        const auto address = v4(round % 2 == 0 ? 1 + round % 2048 : 64 * (100 + round));
        table_.announce(address, mac_of(address), 60);
        static_cast<void>(table_.withdraw(address));
      });
  EXPECT_EQ(missed, 0U) << "of " << looked;
}

// The reader waits for each announcement, so that it looks at the very moment of its publication:
// that of a new page, or of one that had another MAC and other slots before.
TEST_F(ConcurrentTableTest, WhatIsFoundIsWhole) {
  std::uint64_t torn = 0;
  std::atomic<std::uint32_t> next = 1;
  const auto address = [](std::uint32_t number) { return v4(number / 4 * 64 + number % 4); };
  look_while(
      [&] {
        const std::uint32_t now = next;
        const auto found = find(table_, address(now));
        if (!found) return;
        if (found.mac() != now || found.slot() != now + now % 4) torn++;
        next++;
      },
      [&](std::uint32_t) {
        const std::uint32_t now = next;
        table_.announce(address(now), now, now);
        while (next == now) std::this_thread::yield();
        static_cast<void>(table_.withdraw(address(now)));
      });
  EXPECT_GT(next, 1U);
  EXPECT_EQ(torn, 0U) << "of " << next;
}

// The writer may do with the slots as it likes then; so the reader must be through with them.
TEST_F(ConcurrentTableTest, WritersReturnWhenTheReaderLetGo) {
  std::atomic<std::uint32_t> held = 0;
  std::atomic<std::uint64_t> taken = 0;
  std::uint64_t still_held = 0;
  look_while(
      [&] {
        const auto found = find(table_, v4(1));
        if (!found) return;
        held = found.slot();
        taken++;
        std::this_thread::yield();
        held = 0;
      },
      [&](std::uint32_t) {
        const auto until_taken = [&] {
          const auto before = taken.load();
          while (taken == before) std::this_thread::yield();
        };
        table_.announce(v4(1), kMac, 64);
        until_taken();
        table_.announce(v4(2), kMac, 128);  // its page is counted elsewhere from now on
        if (held == 65) still_held++;
        until_taken();
        static_cast<void>(table_.withdraw(v4(1)));
        if (held != 0) still_held++;
        static_cast<void>(table_.withdraw(v4(2)));
      });
  EXPECT_GT(taken, 0U);
  EXPECT_EQ(still_held, 0U) << "of " << taken;
}

// The responder marks a yield by itself: neither one of before a move to a new array is lost, not
// for a moment, nor one that falls into it.
TEST_F(ConcurrentTableTest, AYieldSurvivesAMove) {
  table_.announce(v4(0), kMac, 0);
  table_.announce(v4(64), kMac, 0);
  find(table_, v4(64)).page->yielded.fetch_or(1);
  std::atomic<bool> found = false;
  bool kept = false;
  std::thread reader([&] {
    const Reading reading(readers_);
    const auto& before = table_.pages();
    const auto hit = before.find(v4(0));
    found = true;
    while (&table_.pages() == &before) std::this_thread::yield();
    kept = find(table_, v4(64)).yielded();
    hit.page->yielded.fetch_or(1);
  });
  while (!found) std::this_thread::yield();
  const auto places = table_.pages().array.size();
  for (std::uint32_t i = 1; i <= places / 2; i++) table_.announce(v4(64 * i + 1), kMac, 0);
  reader.join();
  EXPECT_TRUE(kept);
  EXPECT_TRUE(find(table_, v4(0)).yielded());
}

}  // namespace
}  // namespace isat::dpdk
