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

using frames::kElsewhere4;
using frames::kElsewhere6;
using frames::kTarget4;
using frames::kTarget6;
using frames::Setting;

constexpr std::uint32_t kCapacity = 16;
constexpr std::uint32_t kInterfaceSlot = 3;  // not the first, so that the slot matters
// Slots of announcements, of eight that are watched.
const std::array<Address, 5> kSlots = {frames::kStranger4, kTarget4, kTarget6, kElsewhere4,
                                       kElsewhere6};

// Calls with the map and key of an announcement: the families' keys differ.
template <typename Call>
auto with_key(const ResponderMaps& maps, const Address& address, InterfaceIndex index, Call call) {
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    announced_v4_key key{{}, index};
    std::memcpy(key.address, bytes.data(), bytes.size());
    return call(maps.descriptor("announced_v4"), static_cast<const void*>(&key));
  }
  announced_v6_key key{{}, index};
  std::memcpy(key.address, bytes.data(), bytes.size());
  return call(maps.descriptor("announced_v6"), static_cast<const void*>(&key));
}

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

Result<LoadedResponder> LoadedResponder::create(InterfaceIndex index) {
  auto maps = ResponderMaps::create(kCapacity);
  if (!maps) return tl::unexpected(maps.error());
  LoadedResponder responder(std::move(*maps), index);
  auto reader = EventReader::open(responder.maps_.descriptor("events"));
  if (!reader) return tl::unexpected(reader.error());
  responder.reader_ = std::move(*reader);
  for (const auto& address : {kElsewhere4, kElsewhere6}) {
    if (auto done = responder.announce(address, index + 1, 0); !done)
      return tl::unexpected(done.error());
  }
  if (auto done = responder.prepare({}); !done) return tl::unexpected(done.error());
  return responder;
}

Result<void> LoadedResponder::announce(const Address& address, InterfaceIndex index,
                                       std::uint16_t flags) {
  announced value{{}, flags, slot_of(address)};
  std::copy(frames::kOurs.bytes.begin(), frames::kOurs.bytes.end(), value.mac);
  const int failed = with_key(maps_, address, index, [&](int map, const void* key) {
    return bpf_map_update_elem(map, key, &value, BPF_ANY);
  });
  if (failed != 0) return fail_errno("announce", address.to_string());
  return {};
}

Result<std::uint16_t> LoadedResponder::flags_of(const Address& address) const {
  announced value{};
  const int failed = with_key(maps_, address, index_, [&](int map, const void* key) {
    return bpf_map_lookup_elem(map, key, &value);
  });
  if (failed != 0) return fail_errno("read announcement", address.to_string());
  if (value.slot != slot_of(address) ||
      !std::equal(frames::kOurs.bytes.begin(), frames::kOurs.bytes.end(), value.mac)) {
    return fail("read announcement " + address.to_string() +
                ": the responder wrote more than its flag");
  }
  return value.flags;
}

Result<int> LoadedResponder::program(Hook hook, const Setting& setting) {
  auto& program = programs_[{hook, setting.observe, setting.strict}];
  if (!program.valid()) {
    auto loaded = ResponderObject::load_program(
        hook, {index_, kInterfaceSlot, setting.observe, setting.strict}, maps_);
    if (!loaded) return tl::unexpected(loaded.error());
    program = std::move(*loaded);
  }
  return program.get();
}

Result<void> LoadedResponder::prepare(const Setting& setting) {
  const std::uint16_t flags = setting.yielded ? ANNOUNCED_YIELDED : 0;
  const std::uint64_t until = deadline_of(setting);
  const std::uint32_t zero = 0;
  if (bpf_map_update_elem(maps_.descriptor("deadline"), &zero, &until, BPF_ANY) != 0) {
    return fail_errno("write", "deadline");
  }
  for (const auto& address : {kTarget4, kTarget6}) {
    if (auto done = announce(address, index_, flags); !done) return done;
  }
  if (auto done = forget_events(); !done) return done;
  (void)take_events();
  const auto counted_before = outcomes();
  if (!counted_before) return tl::unexpected(counted_before.error());
  const auto credited_before = credits();
  if (!credited_before) return tl::unexpected(credited_before.error());
  outcomes_before_ = *counted_before;
  credits_before_ = *credited_before;
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
  for (const auto& address : {kTarget4, kTarget6}) {
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

Result<LoadedResponder::Credits> LoadedResponder::credits() const {
  const auto read = sums(maps_.descriptor("answered"), 0, std::tuple_size_v<Credits>);
  if (!read) return tl::unexpected(read.error());
  Credits result{};
  std::copy(read->begin(), read->end(), result.begin());
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

Result<void> LoadedResponder::count_credit(frames::Verdict& verdict) const {
  const auto now = credits();
  if (!now) return tl::unexpected(now.error());
  const auto asked = slot_of(verdict.family == FAMILY_ARP ? kTarget4 : kTarget6);
  for (std::size_t slot = 0; slot < now->size(); slot++) {
    const auto more = (*now)[slot] - credits_before_[slot];
    if (slot == asked) verdict.answered = more;
    if (slot != asked && more != 0)
      return fail("credit slot " + std::to_string(slot) + ": nobody asked for it");
  }
  return {};
}

Result<frames::Verdict> LoadedResponder::verdict() {
  frames::Verdict verdict;
  if (auto done = count_outcome(verdict); !done) return tl::unexpected(done.error());
  if (auto done = count_credit(verdict); !done) return tl::unexpected(done.error());
  for (const auto& event : take_events()) {
    const auto& ours = verdict.family == FAMILY_ARP ? kTarget4 : kTarget6;
    if (event.address != ours || event.interface != index_) {
      return fail("read event: it is about " + event.address.to_string() + " on interface " +
                  std::to_string(event.interface));
    }
    verdict.events.push_back(event.kind);
  }
  for (const auto& address : {kTarget4, kTarget6}) {
    const auto flags = flags_of(address);
    if (!flags) return tl::unexpected(flags.error());
    verdict.yielded |= (*flags & ANNOUNCED_YIELDED) != 0;
  }
  return verdict;
}

}  // namespace isat::test
