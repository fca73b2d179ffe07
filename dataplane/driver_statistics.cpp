// SPDX-License-Identifier: Apache-2.0
// Asks a driver for its counters, by the ioctls of ethtool(8).
#include "dataplane/driver_statistics.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include "dataplane/file_descriptor.h"

namespace isat {
namespace {

// A request with what follows it in memory.
template <typename Request>
class Query {
 public:
  Query(std::uint32_t command, std::size_t room) : bytes_(sizeof(Request) + room) {
    request().cmd = command;
  }
  Request& request() { return *reinterpret_cast<Request*>(bytes_.data()); }
  [[nodiscard]] const std::byte* room() const { return bytes_.data() + sizeof(Request); }

  Result<void> ask(const FileDescriptor& socket, const std::string& interface) {
    ifreq asked{};
    std::strncpy(asked.ifr_name, interface.c_str(), IFNAMSIZ - 1);
    asked.ifr_data = reinterpret_cast<char*>(bytes_.data());
    if (::ioctl(socket.get(), SIOCETHTOOL, &asked) == 0) return {};
    return fail_errno("read statistics of", interface);
  }

 private:
  std::vector<std::byte> bytes_;
};

Result<std::uint32_t> count_of(const FileDescriptor& socket, const std::string& interface) {
  Query<ethtool_sset_info> sizes(ETHTOOL_GSSET_INFO, sizeof(std::uint32_t));
  sizes.request().sset_mask = std::uint64_t{1} << ETH_SS_STATS;
  if (auto asked = sizes.ask(socket, interface); !asked) return tl::unexpected(asked.error());
  std::uint32_t count = 0;
  if (sizes.request().sset_mask != 0) std::memcpy(&count, sizes.room(), sizeof count);
  return count;
}

bool tells_of_loss(std::string_view name) {
  constexpr std::array<std::string_view, 5> kWords = {"err", "drop", "full", "fail", "lost"};
  // ice, ixgbe and others count none; veth, virtio_net, mlx5, ena and bnxt call it xdp_tx.
  const auto at = name.find("xdp_tx");
  if (at == std::string_view::npos) return false;
  for (const auto word : kWords) {
    if (name.find(word, at) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Result<std::map<std::string, std::uint64_t>> driver_statistics(const std::string& interface_name) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto count = count_of(socket, interface_name);
  if (!count) return tl::unexpected(count.error());
  Query<ethtool_gstrings> names(ETHTOOL_GSTRINGS, std::size_t{*count} * ETH_GSTRING_LEN);
  names.request().string_set = ETH_SS_STATS;
  names.request().len = *count;
  if (auto asked = names.ask(socket, interface_name); !asked) return tl::unexpected(asked.error());
  Query<ethtool_stats> values(ETHTOOL_GSTATS, std::size_t{*count} * sizeof(std::uint64_t));
  values.request().n_stats = *count;
  if (auto asked = values.ask(socket, interface_name); !asked) return tl::unexpected(asked.error());

  std::map<std::string, std::uint64_t> statistics;
  for (std::uint32_t i = 0; i < *count; i++) {
    const auto* name =
        reinterpret_cast<const char*>(names.room()) + std::size_t{i} * ETH_GSTRING_LEN;
    std::uint64_t value = 0;
    std::memcpy(&value, values.room() + i * sizeof value, sizeof value);
    statistics.emplace(std::string(name, ::strnlen(name, ETH_GSTRING_LEN)), value);
  }
  return statistics;
}

std::map<std::string, std::uint64_t> lost_at_xdp_tx(
    const std::map<std::string, std::uint64_t>& statistics) {
  std::map<std::string, std::uint64_t> lost;
  for (const auto& [name, value] : statistics) {
    if (value > 0 && tells_of_loss(name)) lost.emplace(name, value);
  }
  return lost;
}

}  // namespace isat
