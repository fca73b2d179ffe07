// SPDX-License-Identifier: Apache-2.0
// The seam to the kernel's IPv6 group memberships: one socket, and what it has joined.
#pragma once

#include <compare>
#include <functional>
#include <memory>

#include "dataplane/address.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

struct MulticastGroup {
  InterfaceIndex interface = 0;  // first, so that an interface's groups lie together
  Address group;

  auto operator<=>(const MulticastGroup&) const = default;
};

class GroupSocket {
 public:
  virtual ~GroupSocket() = default;

  // Error::code is ENOMEM when this socket takes no more joins.
  [[nodiscard]] virtual Result<void> join(const MulticastGroup& group) = 0;
  // Not joined, or the interface gone, is success; nothing else can go wrong that a caller could
  // mend.
  virtual void leave(const MulticastGroup& group) = 0;
};

using GroupSocketFactory = std::function<Result<std::unique_ptr<GroupSocket>>()>;

// A real one. Memberships end with the socket. Needs no privilege.
[[nodiscard]] Result<std::unique_ptr<GroupSocket>> open_group_socket();

}  // namespace isat
