// SPDX-License-Identifier: Apache-2.0
// What the speaker asks of the user-space data plane, and the burst loop that answers.
#include "dataplane/dpdk/dpdk_data_plane.h"

#include <rte_mbuf.h>

#include <cstring>

#include "dataplane/dpdk/burst_responder.h"
#include "dataplane/responder_maps.h"

namespace isat {
namespace {

using dpdk::V4;
using dpdk::V6;

// Calls use(table, key) with the table and the key of the address's family.
template <typename Tables, typename Use>
auto with_table(Tables& tables, const Address& address, Use use) {
  V4 v4 = 0;
  V6 v6{};
  const auto bytes = address.bytes();
  if (!address.is_v4()) {
    std::memcpy(v6.words, bytes.data(), sizeof v6.words);
    return use(tables.v6, v6);
  }
  std::memcpy(&v4, bytes.data(), sizeof v4);
  return use(tables.v4, v4);
}

Address address_of(V4 key) {
  std::array<std::uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &key, bytes.size());
  return Address::v4(bytes);
}

Address address_of(const V6& key) {
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), key.words, bytes.size());
  return Address::v6(bytes);
}

tl::unexpected<Error> full(const AnnouncementKey& key, const std::string& why) {
  return fail("announce " + key.address.to_string() + " on interface " +
                  std::to_string(key.interface) + ": " + why + "; raise `capacity`",
              ENOSPC);
}

Attachment attachment_of(const dpdk::Port& port) {
  Attachment attachment;
  attachment.interface = port.interface();
  attachment.name = port.name();
  attachment.mode = AttachMode::kNative;
  attachment.reason = "native: DPDK port " + std::to_string(port.id()) + ", polled";
  attachment.slot = port.id();
  return attachment;
}

}  // namespace

DpdkDataPlane::DpdkDataPlane(DpdkSettings settings, dpdk::EventQueue events)
    : settings_(std::move(settings)),
      polled_(new Polled),
      counts_(ResponderMaps::slots(settings_.capacity)),
      events_(std::move(events)) {}

Result<std::unique_ptr<DpdkDataPlane>> DpdkDataPlane::open(DpdkSettings settings) {
  auto events = dpdk::EventQueue::create(ResponderMaps::slots(settings.capacity));
  if (!events) return tl::unexpected(events.error());
  return std::unique_ptr<DpdkDataPlane>(new DpdkDataPlane(std::move(settings), std::move(*events)));
}

DpdkDataPlane::~DpdkDataPlane() {
  delete polled_.load();
}

DpdkDataPlane::Tables& DpdkDataPlane::tables_of(InterfaceIndex interface) {
  return tables_.try_emplace(interface, readers_).first->second;
}

std::size_t DpdkDataPlane::held(Family family) const {
  std::size_t count = 0;
  for (const auto& [interface, tables] : tables_)
    count += family == Family::kIpv4 ? tables.v4.size() : tables.v6.size();
  return count;
}

Result<std::uint32_t> DpdkDataPlane::find_slots(const AnnouncementKey& key,
                                                const dpdk::PageSlots& page, Places added) {
  if (page.announced & added) return page.first_slot;
  if (held(key.address.family()) == settings_.capacity)
    return full(key, "the table is full at " + std::to_string(settings_.capacity) +
                         " announcements per family");
  const auto first = counts_.take(page.first_slot, page.announced, added);
  if (!first) return full(key, "its page finds no room to be counted in");
  return *first;
}

Result<void> DpdkDataPlane::announce(const Announcement& announcement) {
  const AnnouncementKey& key = announcement.key;
  const auto add = [&](auto& table, const auto& address) -> Result<void> {
    const auto page = table.slots_of(address);
    const auto first = find_slots(key, page, Places{1} << dpdk::place_in_page(address));
    if (!first) return tl::unexpected(first.error());
    table.announce(address, load_mac(announcement.mac.bytes.data()), *first);
    if (*first == page.first_slot) return {};
    for (std::uint32_t place = 0; place < ANNOUNCED_PAGE_SIZE; place++) {
      if (!(page.announced >> place & 1)) continue;
      counts_.move(page.first_slot + place, *first + place);
      events_.forget(page.first_slot + place);
    }
    return {};
  };
  return with_table(tables_of(key.interface), key.address, add);
}

Result<void> DpdkDataPlane::withdraw(const AnnouncementKey& key) {
  with_table(tables_of(key.interface), key.address, [&](auto& table, const auto& address) {
    const auto slot = table.withdraw(address);
    if (!slot) return;
    counts_.end(*slot);
    events_.forget(*slot);
  });
  return {};
}

Result<std::vector<ActualAnnouncement>> DpdkDataPlane::announcements() const {
  std::vector<ActualAnnouncement> all;
  for (const auto& [interface, tables] : tables_) {
    const auto add = [&, on = interface](const auto& address, const auto& found) {
      ActualAnnouncement actual{
          {{address_of(address), on}, {}}, found.yielded(), counts_.answered(found.slot())};
      store_mac(actual.announcement.mac.bytes.data(), found.mac());
      all.push_back(actual);
    };
    tables.v4.for_each(add);
    tables.v6.for_each(add);
  }
  return all;
}

Result<void> DpdkDataPlane::vouch_until(BootTime deadline) {
  deadline_.store(deadline.count(), std::memory_order_relaxed);
  return {};
}

Result<BootTime> DpdkDataPlane::vouched_until() const {
  return BootTime(deadline_.load(std::memory_order_relaxed));
}

Result<Attachment> DpdkDataPlane::attach(const Interface& interface, AttachMode /*mode*/) {
  if (!served_.contains(interface.index)) {
    auto port = dpdk::Port::start(interface, *settings_.pool);
    if (!port) return tl::unexpected(port.error());
    served_[interface.index] = {std::move(*port), &tables_of(interface.index)};
    publish();
  }
  return attachment_of(*served_.at(interface.index).port);
}

Result<void> DpdkDataPlane::detach(InterfaceIndex interface) {
  auto served = served_.extract(interface);
  if (served) publish();  // before the port stops with `served`
  return {};
}

void DpdkDataPlane::publish() {
  auto next = std::make_unique<Polled>();
  for (const auto& [interface, served] : served_)
    next->emplace_back(served.port.get(), served.tables);
  const std::unique_ptr<const Polled> old(polled_.exchange(next.release()));
  readers_.wait();
}

std::vector<Attachment> DpdkDataPlane::attachments() const {
  std::vector<Attachment> all;
  for (const auto& [interface, served] : served_) all.push_back(attachment_of(*served.port));
  return all;
}

Result<std::vector<InterfaceOutcomes>> DpdkDataPlane::outcomes() const {
  std::vector<InterfaceOutcomes> all;
  for (const auto& [interface, served] : served_)
    all.push_back({interface, served.port->name(), served.port->outcomes.read()});
  return all;
}

std::uint64_t DpdkDataPlane::unsent(InterfaceIndex interface) const {
  const auto served = served_.find(interface);
  return served == served_.end() ? 0 : served->second.port->unsent();
}

void DpdkPoller::poll() {
  plane_.readers_.pass_quiescent();
  for (const auto& [port, tables] : *plane_.polled_.load(std::memory_order_acquire))
    plane_.poll(*port, *tables);
}

void DpdkDataPlane::poll(dpdk::Port& port, const Tables& tables) {
  std::array<rte_mbuf*, dpdk::kBurst> room;
  const std::span frames(room.data(), port.receive(room));
  if (frames.empty()) return;
  const BootTime deadline{deadline_.load(std::memory_order_relaxed)};
  const auto answers = dpdk::respond_to_burst(
      {port.interface(), tables.v4.pages(), tables.v6.pages(), settings_.policy, deadline,
       settings_.clock, port.outcomes, counts_.by_slot(), events_},
      frames);
  if (answers != 0) port.send(frames.first(answers));
  if (answers != frames.size()) settings_.pass_on(port.interface(), frames.subspan(answers));
}

}  // namespace isat
