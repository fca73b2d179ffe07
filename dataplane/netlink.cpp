// SPDX-License-Identifier: Apache-2.0
// Netlink over libmnl, its errno turned into named errors.
#include "dataplane/netlink.h"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <vector>

namespace isat {
namespace {

// The kernel fills a dump's datagrams up to 32 KiB when the reader has the room; a link with many
// attributes outgrows libmnl's 8 KiB.
constexpr std::size_t kBufferSize = std::size_t{32} * 1024;

int hand_over(const nlmsghdr* message, void* handler) {
  (*static_cast<const NetlinkHandler*>(handler))(*message);
  return MNL_CB_OK;
}

// MNL_CB_STOP at the acknowledgement or a dump's end, MNL_CB_ERROR with errno set.
int parse(const std::vector<char>& buffer, ssize_t length, unsigned sequence, unsigned port,
          const NetlinkHandler& handler) {
  return mnl_cb_run(buffer.data(), static_cast<std::size_t>(length), sequence, port, hand_over,
                    const_cast<NetlinkHandler*>(&handler));
}

void set_receive_buffer(int descriptor, int bytes) {
  // Without CAP_NET_ADMIN the system's maximum has to do; more overruns cost full passes, no news.
  if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0) {
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  }
}

}  // namespace

void NetlinkListener::Close::operator()(mnl_socket* socket) const {
  mnl_socket_close(socket);
}

Result<NetlinkListener> NetlinkListener::open(int bus, std::initializer_list<unsigned> groups,
                                              int receive_buffer) {
  NetlinkListener listener(mnl_socket_open2(bus, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!listener.socket_) return fail_errno("open", "netlink socket");
  set_receive_buffer(listener.descriptor(), receive_buffer);
  if (mnl_socket_bind(listener.socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return fail_errno("bind", "netlink socket");
  }
  for (auto group : groups) {
    if (mnl_socket_setsockopt(listener.socket_.get(), NETLINK_ADD_MEMBERSHIP, &group,
                              sizeof(group)) < 0) {
      return fail_errno("subscribe to", "netlink group " + std::to_string(group));
    }
  }
  return listener;
}

int NetlinkListener::descriptor() const {
  return mnl_socket_get_fd(socket_.get());
}

Result<bool> NetlinkListener::receive(const NetlinkHandler& handler) {
  std::vector<char> buffer(kBufferSize);
  ssize_t length = 0;
  do {
    length = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
  } while (length < 0 && errno == EINTR);
  if (length < 0) {
    if (errno == EAGAIN) return false;
    return fail_errno("receive", "netlink news");
  }
  if (parse(buffer, length, 0, 0, handler) == MNL_CB_ERROR) {
    return fail_errno("parse", "netlink news");
  }
  return true;
}

Result<void> netlink_request(int bus, nlmsghdr& request, const NetlinkHandler& handler,
                             std::string_view operation, std::string_view object) {
  // A socket of its own for each request: after an error no late answer can disturb the next one.
  const std::unique_ptr<mnl_socket, int (*)(mnl_socket*)> socket(
      mnl_socket_open2(bus, SOCK_CLOEXEC), mnl_socket_close);
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return fail_errno(operation, object);
  }
  request.nlmsg_seq = 1;
  if (mnl_socket_sendto(socket.get(), &request, request.nlmsg_len) < 0) {
    return fail_errno(operation, object);
  }
  std::vector<char> buffer(kBufferSize);
  const unsigned port = mnl_socket_get_portid(socket.get());
  int verdict = MNL_CB_OK;
  while (verdict != MNL_CB_STOP) {
    const auto length = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;  // a signal, not an inconsistent dump
    if (length < 0) return fail_errno(operation, object);
    verdict = parse(buffer, length, request.nlmsg_seq, port, handler);
    if (verdict == MNL_CB_ERROR) return fail_errno(operation, object);
  }
  return {};
}

}  // namespace isat
