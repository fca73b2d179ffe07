// SPDX-License-Identifier: Apache-2.0
// Where the kernel would send a packet: `ip route get TO [from SOURCE iif INTERFACE]`.
#include "dataplane/route.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include <array>
#include <optional>

#include "dataplane/netlink.h"

namespace isat {
namespace {

struct Question {
  Address to;
  std::optional<Address> from;  // with the interface it came in on; else one of our own packets
  InterfaceIndex came_in_on = 0;
};

int take_interface(const nlattr* attribute, void* interface) {
  if (mnl_attr_get_type(attribute) == RTA_OIF) {
    *static_cast<InterfaceIndex*>(interface) = mnl_attr_get_u32(attribute);
  }
  return MNL_CB_OK;
}

void put(nlmsghdr* request, std::uint16_t type, const Address& address) {
  mnl_attr_put(request, type, address.bytes().size(), address.bytes().data());
}

// The interface it would go out of, "lo" for ourselves. Why it would not go is not to be had: from
// Linux 6.14 the kernel says EINVAL whatever the reason.
Result<InterfaceIndex> ask(const Question& question) {
  alignas(nlmsghdr) std::array<char, 128> buffer{};
  auto* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETROUTE;
  // An answer, and then an acknowledgement, which ends it.
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto& route = *static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(rtmsg)));
  route.rtm_family = question.to.is_v4() ? AF_INET : AF_INET6;
  route.rtm_dst_len = static_cast<std::uint8_t>(8 * question.to.bytes().size());
  put(request, RTA_DST, question.to);
  if (question.from) {
    route.rtm_src_len = route.rtm_dst_len;
    put(request, RTA_SRC, *question.from);
    mnl_attr_put_u32(request, RTA_IIF, question.came_in_on);
  }
  InterfaceIndex found = 0;
  const auto answer = [&found](const nlmsghdr& message) {
    mnl_attr_parse(&message, sizeof(rtmsg), take_interface, &found);
  };
  const auto done = netlink_request(NETLINK_ROUTE, *request, answer, "ask for a route to",
                                    question.to.to_string());
  if (!done) return tl::unexpected(done.error());
  return found;
}

}  // namespace

Result<InterfaceIndex> route_to(const Address& destination) {
  return ask({destination, std::nullopt, 0});
}

bool refuses_source(InterfaceIndex interface, const Address& source, const Address& destination) {
  if (ask({destination, source, interface})) return false;
  const auto back = route_to(source);
  return !back || *back != interface;
}

}  // namespace isat
