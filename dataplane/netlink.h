// SPDX-License-Identifier: Apache-2.0
// A netlink socket of libmnl as an owned object, and a request with its answers.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "dataplane/result.h"

struct mnl_socket;
struct nlmsghdr;

namespace isat {

// Called once for each message; the message is valid only during the call.
using NetlinkHandler = std::function<void(const nlmsghdr&)>;

// A listener for a netlink bus's news. Never blocks. Belongs to the network namespace of the thread
// that opened it.
class NetlinkListener {
 public:
  // `bus` is NETLINK_ROUTE or another, `groups` some of its multicast groups; `receive_buffer` is
  // in bytes, beyond the system's maximum only with CAP_NET_ADMIN.
  [[nodiscard]] static Result<NetlinkListener> open(int bus, std::initializer_list<unsigned> groups,
                                                    int receive_buffer);

  [[nodiscard]] int descriptor() const;  // stays owned here
  // Reads one datagram; false = nothing was pending. Error::code is ENOBUFS when the kernel had to
  // drop news, ENOSPC when a message was cut off: what was read so far is then no longer complete.
  [[nodiscard]] Result<bool> receive(const NetlinkHandler& handler);

 private:
  struct Close {
    void operator()(mnl_socket* socket) const;
  };
  explicit NetlinkListener(mnl_socket* socket) : socket_(socket) {}

  std::unique_ptr<mnl_socket, Close> socket_;
};

// Sends `request` and hands over every answer up to the kernel's acknowledgement or the end of the
// dump. Fills in the sequence number. Error::code is EINTR when a dump was inconsistent because its
// object changed meanwhile: start again. `operation` and `object` are for the error's message.
[[nodiscard]] Result<void> netlink_request(int bus, nlmsghdr& request,
                                           const NetlinkHandler& handler,
                                           std::string_view operation, std::string_view object);

}  // namespace isat
