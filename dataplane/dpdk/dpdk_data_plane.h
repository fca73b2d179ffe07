// SPDX-License-Identifier: Apache-2.0
// The data plane in user space: DPDK ports, polled by one thread, over the transforms of the
// kernel's.
//
// Two threads: the speaker's calls the data plane; one other, with a DpdkPoller, answers. What they
// share is published by single stores and taken back after Readers::wait(), so the polling thread
// never waits.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/data_plane.h"
#include "dataplane/dpdk/announced_table.h"
#include "dataplane/dpdk/event_queue.h"
#include "dataplane/dpdk/page_counts.h"
#include "dataplane/dpdk/port.h"
#include "dataplane/dpdk/readers.h"
#include "dataplane/responder_policy.h"

namespace isat {

struct DpdkSettings {
  std::uint32_t capacity = 0;  // announcements per family
  ResponderPolicy policy;
  rte_mempool* pool = nullptr;  // what ports receive into; outlives the data plane
  // Who gets the frames that are not answered, and owns them then; called by the polling thread.
  std::function<void(InterfaceIndex, std::span<rte_mbuf*>)> pass_on;
  std::function<BootTime()> clock;
};

class DpdkDataPlane : public DataPlane {
 public:
  // Needs a running EAL.
  [[nodiscard]] static Result<std::unique_ptr<DpdkDataPlane>> open(DpdkSettings settings);
  ~DpdkDataPlane() override;

  // Neighbouring addresses share a page and its MAC, which is their interface's: a new one is at
  // once that of all of them. withdraw() and detach() return when the polling thread let go of what
  // they end.
  [[nodiscard]] Result<void> announce(const Announcement& announcement) override;
  [[nodiscard]] Result<void> withdraw(const AnnouncementKey& key) override;
  [[nodiscard]] Result<std::vector<ActualAnnouncement>> announcements() const override;
  // It dies with its speaker: there is no next one to tell, and no earlier layout.
  [[nodiscard]] Result<void> told(const AnnouncementKey& /*key*/) override { return {}; }
  [[nodiscard]] Result<void> commit() override { return {}; }
  [[nodiscard]] Result<void> vouch_until(BootTime deadline) override;
  [[nodiscard]] Result<BootTime> vouched_until() const override;
  // The interface's name is that of a DPDK port; the mode is always native.
  [[nodiscard]] Result<Attachment> attach(const Interface& interface, AttachMode mode) override;
  [[nodiscard]] Result<void> detach(InterfaceIndex interface) override;
  [[nodiscard]] std::vector<Attachment> attachments() const override;
  [[nodiscard]] Result<std::vector<InterfaceOutcomes>> outcomes() const override;

  [[nodiscard]] std::vector<Event> take_events() { return events_.take(); }
  // Answers that a full port had no room for, since it was attached.
  [[nodiscard]] std::uint64_t unsent(InterfaceIndex interface) const;

 private:
  friend class DpdkPoller;
  struct Tables {
    explicit Tables(dpdk::Readers& readers) : v4(readers), v6(readers) {}
    dpdk::AnnouncedTable<dpdk::V4> v4;
    dpdk::AnnouncedTable<dpdk::V6> v6;
  };
  struct Served {
    std::unique_ptr<dpdk::Port> port;
    const Tables* tables;
  };
  using Polled = std::vector<std::pair<dpdk::Port*, const Tables*>>;

  DpdkDataPlane(DpdkSettings settings, dpdk::EventQueue events);
  [[nodiscard]] Tables& tables_of(InterfaceIndex interface);
  [[nodiscard]] std::size_t held(Family family) const;
  // Where its page is counted with one more announcement.
  [[nodiscard]] Result<std::uint32_t> find_slots(const AnnouncementKey& key,
                                                 const dpdk::PageSlots& page, Places added);
  // What poll() looks at from now on; returns when it does.
  void publish();
  void poll(dpdk::Port& port, const Tables& tables);

  DpdkSettings settings_;
  dpdk::Readers readers_;
  std::map<InterfaceIndex, Tables> tables_;
  std::map<InterfaceIndex, Served> served_;
  std::atomic<const Polled*> polled_;
  std::atomic<std::uint64_t> deadline_{0};
  dpdk::PageCounts counts_;
  dpdk::EventQueue events_;
};

// The polling thread's part, one at a time. While it lives writers wait for it to come round, so a
// thread that has one polls on, and calls nothing of the data plane's.
class DpdkPoller {
 public:
  explicit DpdkPoller(DpdkDataPlane& plane) : plane_(plane), reading_(plane.readers_) {}

  // Answers one burst from each attached port.
  void poll();

 private:
  DpdkDataPlane& plane_;
  dpdk::Reading reading_;
};

}  // namespace isat
