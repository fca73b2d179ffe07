// SPDX-License-Identifier: Apache-2.0
// Writes settings into the maps and reads counters back, a batch at a time: fuzzing does it often.
#include "tests/kernel/loaded_responder.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>

namespace isat::test {
namespace {

using frames::kAnother4;
using frames::kElsewhere4;
using frames::kElsewhere6;
using frames::kTarget4;
using frames::kTarget6;
using frames::Setting;

constexpr std::uint32_t kCapacity = 16;
constexpr std::uint32_t kInterfaceSlot = 3;  // not the first, so that the slot matters
// Slots of announcements, of eight that are watched.
const std::array<Address, 6> kSlots = {frames::kStranger4, kTarget4,    kTarget6,
                                       kElsewhere4,        kElsewhere6, kAnother4};

// `count` elements of a per-CPU array from index `first` on, each the sum over CPUs.
Result<std::vector<std::uint64_t>> sums(int map, std::uint32_t first, std::uint32_t count) {
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  std::vector<std::uint64_t> values(count * cpus);
  std::vector<std::uint32_t> keys(count);
  std::uint32_t after = first - 1, next = 0, read = count;
  const int failed = bpf_map_lookup_batch(map, first == 0 ? nullptr : &after, &next, keys.data(),
                                          values.data(), &read, nullptr);
  // ENOENT is the kernel's word for "that was the last".
  if ((failed != 0 && errno != ENOENT) || read != count) return fail_errno("read", "counters");
  std::vector<std::uint64_t> result(count);
  for (std::size_t i = 0; i < count; i++) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * cpus);
    result[i] = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(cpus), std::uint64_t{0});
  }
  return result;
}

// Whether the address stands where ARP and ND have their target, perhaps behind one tag.
bool asks_for(const frames::Frame& frame, const Address& address) {
  const std::size_t tag = frame.size() > 13 && frame[12] == 0x81 && frame[13] == 0x00 ? 4 : 0;
  const auto at = static_cast<std::ptrdiff_t>((address.is_v4() ? 38 : 62) + tag);
  const auto bytes = address.bytes();
  return frame.size() >= static_cast<std::size_t>(at) + bytes.size() &&
         std::equal(bytes.begin(), bytes.end(), frame.begin() + at);
}

// A page with one announcement in it.
announced_page page_of(const Address& address) {
  announced_page page{};
  const auto at = place_of({address, 0}).at;
  page.announced = std::uint64_t{1} << at;
  page.first_slot = LoadedResponder::slot_of(address) - at;
  std::copy(frames::kOurs.bytes.begin(), frames::kOurs.bytes.end(), page.mac);
  return page;
}

std::uint64_t deadline_of(const Setting& setting) {
  switch (setting.deadline) {
    case Setting::Deadline::kNone:
      return 0;
    case Setting::Deadline::kAhead:
      return std::numeric_limits<std::int64_t>::max();
    case Setting::Deadline::kPassed:
      return 1;
  }
  return 0;
}

}  // namespace

std::uint32_t LoadedResponder::slot_of(const Address& address) {
  return static_cast<std::uint32_t>(std::find(kSlots.begin(), kSlots.end(), address) -
                                    kSlots.begin());
}

Result<LoadedResponder> LoadedResponder::create(InterfaceIndex index, bool shown) {
  auto maps = ResponderMaps::create(kCapacity);
  if (!maps) return tl::unexpected(maps.error());
  LoadedResponder responder(std::move(*maps), index, shown);
  auto reader = EventReader::open(responder.maps_.descriptor("events"));
  if (!reader) return tl::unexpected(reader.error());
  responder.reader_ = std::move(*reader);
  auto answered = AnsweredCounts::open(responder.maps_, ResponderMaps::slots(kCapacity));
  if (!answered) return tl::unexpected(answered.error());
  responder.answered_ = std::move(*answered);
  auto pages = PageArrays::open(responder.maps_);
  if (!pages) return tl::unexpected(pages.error());
  responder.pages_ = std::move(*pages);
  for (const auto& address : {kElsewhere4, kElsewhere6}) {
    if (auto done = responder.announce(address, index + 1); !done)
      return tl::unexpected(done.error());
  }
  if (auto done = responder.prepare({}); !done) return tl::unexpected(done.error());
  return responder;
}

Result<void> LoadedResponder::announce(const Address& address, InterfaceIndex index) {
  return pages_.put(place_of({address, index}).page, page_of(address));
}

Result<void> LoadedResponder::set_yielded(const Address& address, bool yielded) {
  const auto slot = slot_of(address);
  const std::uint32_t value = yielded;
  if (bpf_map_update_elem(maps_.descriptor("yielded"), &slot, &value, BPF_ANY) != 0) {
    return fail_errno("write", "yielded");
  }
  return {};
}

Result<bool> LoadedResponder::yielded(const Address& address) const {
  const auto page = pages_.find(place_of({address, index_}).page);
  const auto written = page_of(address);
  if (std::memcmp(&page, &written, sizeof page) != 0) {
    return fail("read announcement " + address.to_string() + ": the responder wrote to its page");
  }
  const auto slot = slot_of(address);
  std::uint32_t value = 0;
  if (bpf_map_lookup_elem(maps_.descriptor("yielded"), &slot, &value) != 0) {
    return fail_errno("read", "yielded");
  }
  return value != 0;
}

Result<int> LoadedResponder::program(Hook hook, const Setting& setting) {
  auto& program = programs_[{hook, setting.observe, setting.strict}];
  if (!program.valid()) {
    auto loaded = ResponderObject::load_program(
        hook, {index_, kInterfaceSlot, setting.observe, setting.strict, shown_}, maps_);
    if (!loaded) return tl::unexpected(loaded.error());
    program = std::move(*loaded);
  }
  return program.get();
}

Result<void> LoadedResponder::prepare(const Setting& setting) {
  const std::uint64_t until = deadline_of(setting);
  const std::uint32_t zero = 0;
  if (bpf_map_update_elem(maps_.descriptor("deadline"), &zero, &until, BPF_ANY) != 0) {
    return fail_errno("write", "deadline");
  }
  for (const auto& address : {kTarget4, kAnother4, kTarget6}) {
    if (auto done = announce(address, index_); !done) return done;
    if (auto done = set_yielded(address, setting.yielded); !done) return done;
  }
  if (auto done = forget_events(); !done) return done;
  (void)take_events();
  const auto counted_before = outcomes();
  if (!counted_before) return tl::unexpected(counted_before.error());
  outcomes_before_ = *counted_before;
  credits_before_ = credits();
  return {};
}

Result<event_limit> LoadedResponder::limit(const Address& target) const {
  const auto slot = slot_of(target);
  event_limit value{};
  if (bpf_map_lookup_elem(maps_.descriptor("event_limits"), &slot, &value) != 0) {
    return fail_errno("read event limit of", target.to_string());
  }
  return value;
}

Result<void> LoadedResponder::set_limit(const Address& target, const event_limit& value) const {
  const auto slot = slot_of(target);
  if (bpf_map_update_elem(maps_.descriptor("event_limits"), &slot, &value, BPF_ANY) != 0) {
    return fail_errno("write event limit of", target.to_string());
  }
  return {};
}

Result<void> LoadedResponder::forget_events() const {
  for (const auto& address : {kTarget4, kAnother4, kTarget6}) {
    if (auto done = set_limit(address, {}); !done) return done;
  }
  return {};
}

Result<LoadedResponder::Outcomes> LoadedResponder::outcomes() const {
  const auto read =
      sums(maps_.descriptor("outcomes"), kInterfaceSlot * OUTCOMES_PER_SLOT, OUTCOMES_PER_SLOT);
  if (!read) return tl::unexpected(read.error());
  Outcomes result{};
  std::copy(read->begin(), read->end(), result.begin());
  return result;
}

LoadedResponder::Credits LoadedResponder::credits() const {
  Credits result{};
  for (std::uint32_t slot = 0; slot < result.size(); slot++) result[slot] = answered_.count(slot);
  return result;
}

Result<std::uint64_t> LoadedResponder::total() const {
  const auto all = sums(maps_.descriptor("outcomes"), 0, INTERFACE_SLOTS * OUTCOMES_PER_SLOT);
  if (!all) return tl::unexpected(all.error());
  return std::accumulate(all->begin(), all->end(), std::uint64_t{0});
}

Result<bool> LoadedResponder::counted() const {
  const auto now = outcomes();
  if (!now) return tl::unexpected(now.error());
  return *now != outcomes_before_;
}

Result<void> LoadedResponder::count_outcome(frames::Verdict& verdict) const {
  const auto now = outcomes();
  if (!now) return tl::unexpected(now.error());
  std::uint64_t moved = 0;
  for (std::size_t i = 0; i < now->size(); i++) {
    if ((*now)[i] == outcomes_before_[i]) continue;
    moved += (*now)[i] - outcomes_before_[i];
    verdict.family = static_cast<isat_family>(i / OUTCOME_COUNT);
    verdict.outcome = static_cast<isat_outcome>(i % OUTCOME_COUNT);
  }
  if (moved != 1) return fail("count one outcome: " + std::to_string(moved) + " were counted");
  return {};
}

Result<void> LoadedResponder::count_credit(const frames::Frame& asked,
                                           frames::Verdict& verdict) const {
  const auto now = credits();
  for (std::uint32_t slot = 0; slot < now.size(); slot++) {
    const auto more = now[slot] - credits_before_[slot];
    if (more == 0) continue;
    if (slot >= kSlots.size() || !asks_for(asked, kSlots[slot]))
      return fail("credit slot " + std::to_string(slot) + ": nobody asked for it");
    verdict.answered += more;
  }
  return {};
}

Result<frames::Verdict> LoadedResponder::verdict(const frames::Frame& asked) {
  frames::Verdict verdict;
  if (auto done = count_outcome(verdict); !done) return tl::unexpected(done.error());
  if (auto done = count_credit(asked, verdict); !done) return tl::unexpected(done.error());
  for (const auto& event : take_events()) {
    const bool ours = verdict.family == FAMILY_ARP
                          ? event.address == kTarget4 || event.address == kAnother4
                          : event.address == kTarget6;
    if (!ours || event.interface != index_) {
      return fail("read event: it is about " + event.address.to_string() + " on interface " +
                  std::to_string(event.interface));
    }
    verdict.events.push_back(event.kind);
  }
  for (const auto& address : {kTarget4, kAnother4, kTarget6}) {
    const auto gave_up = yielded(address);
    if (!gave_up) return tl::unexpected(gave_up.error());
    verdict.yielded |= *gave_up;
  }
  return verdict;
}

}  // namespace isat::test
