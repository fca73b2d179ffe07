// SPDX-License-Identifier: Apache-2.0
// Brings the kernel's memberships to what is wanted, a few at a time.
#include "dataplane/multicast_groups.h"

#include <algorithm>
#include <utility>

namespace isat {
namespace {

MulticastGroup group_of(const AnnouncementKey& key) {
  return {key.interface, solicited_node_group(key.address)};
}

}  // namespace

void MulticastGroups::join(const AnnouncementKey& key) {
  if (key.address.is_v4()) return;
  const auto group = group_of(key);
  auto& membership = memberships_[group];
  membership.addresses.insert(key.address);
  if (membership.shard == kNotJoined && !failures_.contains(group)) pending_.insert(group);
}

void MulticastGroups::leave(const AnnouncementKey& key) {
  if (key.address.is_v4()) return;
  const auto group = group_of(key);
  const auto found = memberships_.find(group);
  if (found == memberships_.end()) return;
  found->second.addresses.erase(key.address);
  if (!found->second.addresses.empty()) return;
  failures_.erase(group);
  if (found->second.shard != kNotJoined) {
    pending_.insert(group);
  } else {
    pending_.erase(group);
    memberships_.erase(found);
  }
}

void MulticastGroups::rejoin(InterfaceIndex interface) {
  // The smallest address there is: IPv4 sorts first.
  const MulticastGroup first{interface, Address::v4({})};
  for (auto entry = memberships_.lower_bound(first);
       entry != memberships_.end() && entry->first.interface == interface; ++entry) {
    entry->second.renew = true;
    failures_.erase(entry->first);
    pending_.insert(entry->first);
  }
}

bool MulticastGroups::work(std::size_t budget) {
  if (pending_.empty()) {
    for (const auto& [group, error] : failures_) pending_.insert(group);
  }
  for (; budget > 0 && !pending_.empty(); --budget) {
    const auto group = *pending_.begin();
    if (step(group, memberships_.at(group))) pending_.erase(group);
  }
  return !pending_.empty();
}

bool MulticastGroups::step(const MulticastGroup& group, Membership& membership) {
  if (membership.addresses.empty()) {
    leave_group(group, membership);
    memberships_.erase(group);
    return true;
  }
  // A socket remembers a membership whose interface is gone, and would refuse to join it once more
  // with EADDRINUSE (net/ipv6/mcast.c, __ipv6_sock_mc_join): leave first, join in the next step.
  if (std::exchange(membership.renew, false) && membership.shard != kNotJoined) {
    leave_group(group, membership);
    return false;
  }
  if (membership.shard != kNotJoined) return true;  // left and wanted again before we came to it
  if (auto joined = join_group(group, membership); !joined) {
    failures_.insert_or_assign(group, std::move(joined.error()));
  } else {
    failures_.erase(group);
  }
  return true;
}

Result<void> MulticastGroups::join_group(const MulticastGroup& group, Membership& membership) {
  for (;;) {
    const auto index = shard_with_room();
    if (!index) return tl::unexpected(index.error());
    auto& shard = shards_[*index];
    auto joined = shard.socket->join(group);
    if (joined) {
      ++shard.joined;
      membership.shard = *index;
      return {};
    }
    // A socket that holds nothing and still refuses means that the machine is out of memory.
    if (joined.error().code != ENOMEM || shard.joined == 0) return joined;
    shard.full = true;
  }
}

void MulticastGroups::leave_group(const MulticastGroup& group, Membership& membership) {
  auto& shard = shards_[std::exchange(membership.shard, kNotJoined)];
  shard.socket->leave(group);
  shard.full = false;
  if (--shard.joined == 0) shard.socket.reset();
}

Result<std::size_t> MulticastGroups::shard_with_room() {
  const auto found = std::find_if(shards_.begin(), shards_.end(), [](const Shard& shard) {
    return !shard.full && shard.joined < kJoinsPerSocket;
  });
  const auto index = static_cast<std::size_t>(found - shards_.begin());
  if (found == shards_.end()) shards_.emplace_back();
  if (auto& shard = shards_[index]; !shard.socket) {
    auto opened = open_socket_();
    if (!opened) return tl::unexpected(std::move(opened.error()));
    shard.socket = std::move(*opened);
  }
  return index;
}

MulticastGroups::Counts MulticastGroups::counts() const {
  Counts counts;
  for (const auto& [group, membership] : memberships_) {
    if (!membership.addresses.empty()) ++counts.wanted;
    if (membership.shard != kNotJoined) ++counts.joined;
  }
  counts.failed = failures_.size();
  return counts;
}

std::vector<Error> MulticastGroups::failures() const {
  std::vector<Error> failures;
  for (const auto& [group, error] : failures_) failures.push_back(error);
  return failures;
}

}  // namespace isat
