// SPDX-License-Identifier: Apache-2.0
// Solicited-node memberships for announced IPv6 addresses: NIC filters and snooping switches come
// before XDP, and let only joined groups through.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "dataplane/announcement.h"
#include "dataplane/group_socket.h"

namespace isat {

// join(), leave() and rejoin() only note what is wanted, work() does it: thousands of joins take
// seconds, which the loop must not spend at once. IPv4 keys are ignored throughout. All memberships
// end with this object.
class MulticastGroups {
 public:
  // Joining takes time proportional to what the socket holds already, and the old default of
  // net.core.optmem_max allows 365; a shard stays well below both.
  static constexpr std::size_t kJoinsPerSocket = 256;

  explicit MulticastGroups(GroupSocketFactory open_socket = open_group_socket)
      : open_socket_(std::move(open_socket)) {}

  // Idempotent for each key; addresses with equal last three bytes share a group, which is left
  // with the last of them.
  void join(const AnnouncementKey& key);
  void leave(const AnnouncementKey& key);
  // The interface was made anew, or came back: leaves and joins all its groups, so that reports go
  // out again.
  void rejoin(InterfaceIndex interface);

  // Performs at most `budget` joins and leaves; true = call again soon, there is more. A join that
  // failed is tried again by a call that finds nothing else to do, so call it on a slow timer as
  // well.
  [[nodiscard]] bool work(std::size_t budget);

  struct Counts {
    std::size_t wanted = 0;  // groups, counted for each interface
    std::size_t joined = 0;
    std::size_t failed = 0;  // wanted, and the last attempt failed
  };
  [[nodiscard]] Counts counts() const;
  // Of the last attempts: one error for each group in `failed`.
  [[nodiscard]] std::vector<Error> failures() const;

 private:
  struct Shard {
    std::unique_ptr<GroupSocket> socket;  // null = closed, to be used again
    std::size_t joined = 0;
    bool full = false;  // refused a join for want of memory
  };
  static constexpr std::size_t kNotJoined = static_cast<std::size_t>(-1);
  struct Membership {
    std::set<Address> addresses;  // who wants it; empty = to be left
    std::size_t shard = kNotJoined;
    bool renew = false;  // joined, but on an interface that is no longer what it was
  };

  // One join or one leave; true = nothing more to do for this group now.
  [[nodiscard]] bool step(const MulticastGroup& group, Membership& membership);
  [[nodiscard]] Result<void> join_group(const MulticastGroup& group, Membership& membership);
  void leave_group(const MulticastGroup& group, Membership& membership);
  [[nodiscard]] Result<std::size_t> shard_with_room();

  GroupSocketFactory open_socket_;
  std::vector<Shard> shards_;
  std::map<MulticastGroup, Membership> memberships_;
  std::set<MulticastGroup> pending_;          // memberships not as wanted
  std::map<MulticastGroup, Error> failures_;  // of the last attempt; wanted, not joined
};

}  // namespace isat
