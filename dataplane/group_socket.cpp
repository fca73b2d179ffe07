// SPDX-License-Identifier: Apache-2.0
// Joins by IPV6_JOIN_GROUP: the kernel then programs the NIC's filter and sends the MLD report.
#include "dataplane/group_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <utility>

#include "dataplane/file_descriptor.h"

namespace isat {
namespace {

ipv6_mreq request_for(const MulticastGroup& group) {
  ipv6_mreq request{};
  std::copy_n(group.group.bytes().begin(), sizeof(in6_addr), request.ipv6mr_multiaddr.s6_addr);
  request.ipv6mr_interface = group.interface;
  return request;
}

class KernelGroupSocket final : public GroupSocket {
 public:
  explicit KernelGroupSocket(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  Result<void> join(const MulticastGroup& group) override {
    const auto request = request_for(group);
    if (::setsockopt(descriptor_.get(), IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request)) !=
        0) {
      return fail_errno(
          "join", group.group.to_string() + " on interface " + std::to_string(group.interface));
    }
    return {};
  }

  void leave(const MulticastGroup& group) override {
    const auto request = request_for(group);
    ::setsockopt(descriptor_.get(), IPPROTO_IPV6, IPV6_LEAVE_GROUP, &request, sizeof(request));
  }

 private:
  FileDescriptor descriptor_;
};

}  // namespace

Result<std::unique_ptr<GroupSocket>> open_group_socket() {
  FileDescriptor descriptor(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!descriptor.valid()) return fail_errno("open", "socket for IPv6 groups");
  return std::make_unique<KernelGroupSocket>(std::move(descriptor));
}

}  // namespace isat
