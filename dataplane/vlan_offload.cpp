// SPDX-License-Identifier: Apache-2.0
// Asks a driver whether it hides VLAN tags.
#include "dataplane/vlan_offload.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "dataplane/file_descriptor.h"

namespace isat {

bool rx_vlan_offload(const std::string& interface_name) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_value flags{};
  flags.cmd = ETHTOOL_GFLAGS;
  ifreq request{};
  std::strncpy(request.ifr_name, interface_name.c_str(), IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&flags);
  if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return false;
  return (flags.data & ETH_FLAG_RXVLAN) != 0;
}

}  // namespace isat
