// SPDX-License-Identifier: Apache-2.0
// Names who sits on a hook, by asking BPF and rtnetlink.
#include "dataplane/foreign_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstdio>

#include "dataplane/file_descriptor.h"
#include "dataplane/netlink.h"

namespace isat {
namespace {

constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);  // as in link_attachment.cpp: ABI
constexpr auto kTcxEgress = static_cast<bpf_attach_type>(47);

std::string name_of(std::uint32_t id) {
  const FileDescriptor program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  const bool known = program.valid() && bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0;
  return "program " + std::to_string(id) + (known ? " (" + std::string(info.name) + ")" : "");
}

struct Filter {
  std::uint32_t priority = 0;
  std::uint32_t handle = 0;
  std::uint32_t program = 0;  // 0 = not a BPF filter
  std::string name;           // of a BPF filter, else its kind
};

int take_attribute(const nlattr* attribute, void* table) {
  if (mnl_attr_get_type(attribute) <= TCA_MAX) {
    static_cast<const nlattr**>(table)[mnl_attr_get_type(attribute)] = attribute;
  }
  return MNL_CB_OK;
}

int take_bpf_attribute(const nlattr* attribute, void* filter) {
  auto& found = *static_cast<Filter*>(filter);
  if (mnl_attr_get_type(attribute) == TCA_BPF_ID) found.program = mnl_attr_get_u32(attribute);
  if (mnl_attr_get_type(attribute) == TCA_BPF_NAME) found.name = mnl_attr_get_str(attribute);
  return MNL_CB_OK;
}

// The filters below one of clsact's two hooks, in the order frames meet them.
Result<std::vector<Filter>> filters_at(InterfaceIndex interface, std::uint32_t hook) {
  std::array<char, 256> buffer{};
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETTFILTER;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto* body = static_cast<tcmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(tcmsg)));
  body->tcm_family = AF_UNSPEC;
  body->tcm_ifindex = static_cast<int>(interface);
  body->tcm_parent = TC_H_MAKE(TC_H_CLSACT, hook);

  std::vector<Filter> filters;
  auto dumped = netlink_request(
      NETLINK_ROUTE, *request,
      [&](const nlmsghdr& message) {
        const auto* reply = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(&message));
        std::array<const nlattr*, TCA_MAX + 1> attributes{};
        mnl_attr_parse(&message, sizeof(tcmsg), take_attribute, attributes.data());
        if (reply->tcm_handle == 0 || attributes[TCA_KIND] == nullptr) return;  // the chain itself
        Filter filter{TC_H_MAJ(reply->tcm_info) >> 16, reply->tcm_handle, 0,
                      mnl_attr_get_str(attributes[TCA_KIND])};
        if (filter.name == "bpf" && attributes[TCA_OPTIONS] != nullptr) {
          mnl_attr_parse_nested(attributes[TCA_OPTIONS], take_bpf_attribute, &filter);
        }
        filters.push_back(std::move(filter));
      },
      "list tc filters of", "interface " + std::to_string(interface));
  // No clsact qdisc there: no filters either.
  if (!dumped && dumped.error().code != EINVAL && dumped.error().code != ENOENT) {
    return tl::unexpected(dumped.error());
  }
  return filters;
}

std::string text_of(const Filter& filter) {
  char handle[16];
  std::snprintf(handle, sizeof handle, "0x%x", filter.handle);
  return "filter " + std::string(handle) + " at priority " + std::to_string(filter.priority) +
         " (" + filter.name + ")";
}

// In the order frames meet them; none on a kernel before 6.6, which has no tcx.
std::vector<std::uint32_t> tcx_programs(InterfaceIndex interface, bpf_attach_type hook) {
  std::vector<std::uint32_t> ids(64);  // the kernel takes no more on one hook (BPF_MPROG_MAX)
  auto count = static_cast<std::uint32_t>(ids.size());
  if (bpf_prog_query(static_cast<int>(interface), hook, 0, nullptr, ids.data(), &count) != 0) {
    count = 0;
  }
  ids.resize(count);
  return ids;
}

}  // namespace

std::string xdp_occupant(InterfaceIndex interface) {
  LIBBPF_OPTS(bpf_xdp_query_opts, options);
  if (bpf_xdp_query(static_cast<int>(interface), 0, &options) != 0) return {};
  for (const std::uint32_t id :
       {options.prog_id, options.drv_prog_id, options.skb_prog_id, options.hw_prog_id}) {
    if (id != 0) return name_of(id);
  }
  return {};
}

Result<std::vector<std::string>> ahead_at_tc(InterfaceIndex interface, std::uint32_t ours) {
  std::vector<std::string> ahead;
  for (const auto id : tcx_programs(interface, kTcxIngress)) {
    if (id == ours) return ahead;
    ahead.push_back(name_of(id));
  }
  const auto filters = filters_at(interface, TC_H_MIN_INGRESS);
  if (!filters) return tl::unexpected(filters.error());
  for (const auto& filter : *filters) {
    if (filter.program == ours && ours != 0) return ahead;
    ahead.push_back(text_of(filter));
  }
  return ours == 0 ? ahead : std::vector<std::string>{};
}

Result<std::vector<std::string>> at_tc_egress(InterfaceIndex interface) {
  std::vector<std::string> programs;
  for (const auto id : tcx_programs(interface, kTcxEgress)) programs.push_back(name_of(id));
  const auto filters = filters_at(interface, TC_H_MIN_EGRESS);
  if (!filters) return tl::unexpected(filters.error());
  for (const auto& filter : *filters) programs.push_back(text_of(filter));
  return programs;
}

Result<bool> has_tc_filters(InterfaceIndex interface) {
  for (const std::uint32_t hook : {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS}) {
    const auto filters = filters_at(interface, hook);
    if (!filters) return tl::unexpected(filters.error());
    if (!filters->empty()) return true;
  }
  return false;
}

}  // namespace isat
