// SPDX-License-Identifier: Apache-2.0
// A data plane without a kernel, with the manners of the real one: it fills up, fails on some keys,
// reads through one key buffer, and tells an entry twice when it was disturbed while reading.
#pragma once

#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataplane/data_plane.h"

namespace isat {

class FakeDataPlane final : public DataPlane {
 public:
  struct Entry {
    MacAddress mac;
    bool yielded = false;

    bool operator==(const Entry&) const = default;
  };

  // What a test prepares and looks at.
  std::map<AnnouncementKey, Entry> entries;
  std::set<AnnouncementKey> untold;
  std::size_t capacity = 1'000'000;  // of each family
  std::set<AnnouncementKey> failing;
  std::set<InterfaceIndex> failing_attach;
  bool failing_read = false;
  std::optional<BootTime> deadline;
  std::size_t commits = 0;
  std::map<InterfaceIndex, Attachment> attached;
  std::vector<InterfaceOutcomes> counted;
  std::vector<std::string>
      calls;  // writes to the map, and attachments made or ended, in their order
  std::vector<Interface> judged;  // what attach() was asked about, attached already or not

  Result<void> announce(const Announcement& announcement) override {
    const auto& [key, mac] = announcement;
    calls.push_back("announce " + name(key));
    if (failing.contains(key)) return fail_errno("announce", name(key), EIO);
    if (!entries.contains(key) && count(key.address.family()) >= capacity) {
      return fail_errno("announce", name(key), ENOSPC);
    }
    entries[key] = {mac, false};
    untold.insert(key);
    return {};
  }

  Result<void> withdraw(const AnnouncementKey& key) override {
    calls.push_back("withdraw " + name(key));
    if (failing.contains(key)) return fail_errno("withdraw", name(key), EIO);
    entries.erase(key);
    untold.erase(key);
    return {};
  }

  Result<void> told(const AnnouncementKey& key) override {
    if (failing.contains(key)) return fail_errno("note as told", name(key), EIO);
    untold.erase(key);
    return {};
  }

  Result<std::vector<ActualAnnouncement>> announcements() const override {
    if (failing_read) return fail_errno("read", "announced_v4", EIO);
    std::vector<ActualAnnouncement> all;
    // Last first, and the last one twice: a hash map promises no order, and starts over when the
    // key it stood on is deleted. The buffer is shared by all rounds, as with
    // bpf_map_get_next_key().
    if (entries.empty()) return all;
    AnnouncementKey buffer = entries.rbegin()->first;
    all.push_back(actual(buffer));
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      buffer = entry->first;
      all.push_back(actual(buffer));
    }
    return all;
  }

  Result<void> commit() override {
    ++commits;
    return {};
  }

  Result<void> vouch_until(BootTime until) override {
    deadline = until;
    return {};
  }

  Result<BootTime> vouched_until() const override { return deadline.value_or(BootTime{0}); }

  Result<Attachment> attach(const Interface& interface, AttachMode /*mode*/) override {
    judged.push_back(interface);
    if (const auto present = attached.find(interface.index); present != attached.end()) {
      if (failing_attach.contains(interface.index))
        return fail_errno("attach", interface.name, EBUSY);
      return present->second;
    }
    calls.push_back("attach " + interface.name);
    if (failing_attach.contains(interface.index)) {
      return fail_errno("attach", interface.name, EBUSY);
    }
    Attachment attachment;
    attachment.interface = interface.index;
    attachment.name = interface.name;
    attachment.reason = "fake";
    return attached[interface.index] = attachment;
  }

  Result<void> detach(InterfaceIndex interface) override {
    calls.push_back("detach #" + std::to_string(interface));
    attached.erase(interface);
    return {};
  }

  std::vector<Attachment> attachments() const override {
    std::vector<Attachment> all;
    for (const auto& [index, attachment] : attached) all.push_back(attachment);
    return all;
  }

  Result<std::vector<InterfaceOutcomes>> outcomes() const override {
    if (failing_read) return fail_errno("read", "outcomes", EIO);
    return counted;
  }

  static std::string name(const AnnouncementKey& key) {
    return key.address.to_string() + " on #" + std::to_string(key.interface);
  }

 private:
  ActualAnnouncement actual(const AnnouncementKey& key) const {
    const auto& entry = entries.at(key);
    return {{key, entry.mac}, entry.yielded, 0, untold.contains(key)};
  }

  std::size_t count(Family family) const {
    std::size_t found = 0;
    for (const auto& [key, entry] : entries) {
      if (key.address.family() == family) ++found;
    }
    return found;
  }
};

}  // namespace isat
