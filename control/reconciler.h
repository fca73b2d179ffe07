// SPDX-License-Identifier: Apache-2.0
// Makes the data plane's announcements the desired ones, entry by entry, and keeps at it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/backoff.h"
#include "control/plan.h"
#include "dataplane/data_plane.h"

namespace isat {

// What follows an announcement once the map says so. Never called before the data plane succeeded.
struct AnnouncementFollowers {
  // The address is answered here from now on: join its group.
  std::function<void(const AnnouncementKey&)> joined;
  // Exactly one for each joined().
  std::function<void(const AnnouncementKey&)> left;
  // Something peers should hear about: gained, another MAC, no longer yielded. `left` ends it.
  std::function<void(const AnnouncementKey&)> gained;
  // Nothing to tell now, only to refresh later: taken over unchanged from an earlier speaker.
  std::function<void(const AnnouncementKey&)> resumed;
};

class Reconciler {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Report {
    std::size_t announced = 0;
    std::size_t withdrawn = 0;
    std::size_t failed = 0;
    std::string first_failure;  // empty when none failed

    [[nodiscard]] bool idle() const { return announced + withdrawn + failed == 0; }
  };

  // `data_plane` outlives the reconciler.
  Reconciler(DataPlane& data_plane, AnnouncementFollowers followers);

  // Takes what an earlier speaker left in the map as actual and, until the caller knows better, as
  // desired: an API away at start must not silence what is being answered. Writes nothing.
  [[nodiscard]] Result<void> adopt();

  // What should be, for one address, or for one interface. Takes effect with settle(), so that of a
  // change over many addresses everything is withdrawn before anything is announced: a full map has
  // room then. Announcements outside the named address or interface are not allowed.
  void desire(const Address& address, const std::vector<Announcement>& announcements);
  void desire(InterfaceIndex interface, const std::vector<Announcement>& announcements);
  // Another MAC for whatever is desired on the interface, when no plan is to be had yet.
  void desire_mac(InterfaceIndex interface, const MacAddress& mac);
  // What the map has of the address is answered for until more is known, and nothing more is told
  // of it: another node holds it. Any of the above ends that.
  void hand_over(const Address& address);
  // Nothing at all is desired.
  void desire_nothing();
  // Whether the map has the address, on whichever interface.
  [[nodiscard]] bool answers(const Address& address) const;
  // Every address something is desired or actual for.
  [[nodiscard]] std::set<Address> addresses() const;
  // Those answered for as ours, unless the map says that they were given up to a rival.
  [[nodiscard]] Result<std::set<Address>> held() const;

  // Withdraws and announces what differs. One failing entry never hides the others: it is
  // remembered and comes up again in retry().
  Report settle(TimePoint now);
  // settle() for the failed entries whose time has come.
  Report retry(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> next_retry() const;
  // Reads what is really there and mends every difference; strangers' entries go, yielded ones that
  // are desired are announced again.
  [[nodiscard]] Result<Report> full_pass(TimePoint now);

  // Peers should hear again about everything on the interface: its carrier is back.
  void tell_again(InterfaceIndex interface);
  // Or everywhere: they may have heard of another holder meanwhile.
  void tell_again();
  // What an earlier speaker died before it had told.
  void tell_untold();
  // Calls `resumed` for everything announced: the times of refreshes have changed.
  void resume() const;

  // The announcement, if it is both desired and in the map as far as known, and not being handed
  // over: ownership, as checked before every gratuitous frame.
  [[nodiscard]] std::optional<Announcement> announced(const AnnouncementKey& key) const;
  [[nodiscard]] std::size_t announced_count() const { return announced_count_; }
  [[nodiscard]] std::size_t failure_count() const { return failures_.size(); }
  // One line for each failing announcement.
  [[nodiscard]] std::map<AnnouncementKey, std::string> failures() const;

 private:
  struct Entry {
    std::optional<MacAddress> desired;
    std::optional<MacAddress> actual;  // as last written or read
    bool yielded = false;
    bool leaving = false;  // answered for, but not ours any more
    bool joined = false;
    bool untold = false;  // by an earlier speaker

    [[nodiscard]] bool settled() const { return desired == actual && !yielded; }
  };
  struct Failure {
    Error error;
    Backoff backoff;
  };
  using Entries = std::map<AnnouncementKey, Entry>;

  void desire(const AnnouncementKey& key, const std::optional<MacAddress>& mac);
  void set_actual(Entry& entry, const std::optional<MacAddress>& mac);
  [[nodiscard]] Plan plan() const;
  void withdraw(const AnnouncementKey& key, Report& report, TimePoint now);
  void announce(const Announcement& announcement, Report& report, TimePoint now);
  void failed(const AnnouncementKey& key, const Error& error, Report& report, TimePoint now);
  void hasten_those_without_room(TimePoint now);
  void forget_if_gone(const AnnouncementKey& key);

  DataPlane& data_plane_;
  AnnouncementFollowers followers_;
  Entries entries_;
  std::set<AnnouncementKey> unsettled_;  // changed since the last settle()
  std::map<AnnouncementKey, Failure> failures_;
  std::size_t announced_count_ = 0;  // entries with an actual MAC
};

}  // namespace isat
