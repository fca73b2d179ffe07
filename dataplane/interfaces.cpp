// SPDX-License-Identifier: Apache-2.0
// Follows the news of links and of their addresses, and reads everything again when the kernel had
// to drop news.
#include "dataplane/interfaces.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "dataplane/address_message.h"
#include "dataplane/link_message.h"

namespace isat {
namespace {

// A dump is inconsistent when an interface came or went meanwhile; the next one rarely is.
constexpr int kDumpAttempts = 10;

void take(const nlmsghdr& message, InterfaceTable& table) {
  if (auto link = parse_link_message(message)) table.apply(std::move(*link));
  if (const auto address = parse_address_message(message)) table.apply(*address);
}

// `header` is the size of the message's own.
Result<void> list(std::uint16_t type, std::size_t header, std::string_view what,
                  InterfaceTable& found) {
  alignas(nlmsghdr) std::array<char, 64> buffer{};
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = type;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  mnl_nlmsg_put_extra_header(request, header);
  return netlink_request(
      NETLINK_ROUTE, *request, [&found](const nlmsghdr& message) { take(message, found); }, "list",
      what);
}

Result<InterfaceTable> dump() {
  for (int attempt = 1;; ++attempt) {
    InterfaceTable found;
    auto done = list(RTM_GETLINK, sizeof(ifinfomsg), "interfaces", found);
    if (done) done = list(RTM_GETADDR, sizeof(ifaddrmsg), "addresses of interfaces", found);
    if (done) return found;
    if (done.error().code != EINTR || attempt == kDumpAttempts) {
      return tl::unexpected(std::move(done.error()));
    }
  }
}

}  // namespace

Result<std::unique_ptr<Interfaces>> Interfaces::open(int receive_buffer) {
  auto listener = NetlinkListener::open(
      NETLINK_ROUTE, {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}, receive_buffer);
  if (!listener) return tl::unexpected(std::move(listener.error()));
  std::unique_ptr<Interfaces> interfaces(new Interfaces(std::move(*listener)));
  if (auto read = interfaces->full_pass(); !read) return tl::unexpected(std::move(read.error()));
  std::ignore = interfaces->table_.take_changed();  // who opens reads all()
  return interfaces;
}

Result<std::vector<InterfaceIndex>> Interfaces::process() {
  if (auto drained = drain(); !drained) return tl::unexpected(std::move(drained.error()));
  // Only now: the kernel drops all news until the queue has been emptied (net/netlink/af_netlink.c,
  // NETLINK_S_CONGESTED), so that a pass before would miss what is dropped after it.
  if (incomplete_) {
    if (auto read = full_pass(); !read) return tl::unexpected(std::move(read.error()));
  }
  return table_.take_changed();
}

Result<void> Interfaces::drain() {
  const NetlinkHandler apply = [this](const nlmsghdr& message) { take(message, table_); };
  for (;;) {
    const auto received = listener_.receive(apply);
    if (received) {
      if (!*received) return {};
    } else if (received.error().code == ENOBUFS || received.error().code == ENOSPC) {
      incomplete_ = true;
    } else {
      return tl::unexpected(received.error());
    }
  }
}

// News older than the pass may still be queued and is applied later; the queue ends with the
// latest.
Result<void> Interfaces::full_pass() {
  auto found = dump();
  if (!found) return tl::unexpected(std::move(found.error()));
  table_.replace(std::move(*found));
  incomplete_ = false;
  return {};
}

}  // namespace isat
