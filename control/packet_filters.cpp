// SPDX-License-Identifier: Apache-2.0
// The host's own packet filters, by libnftables.
#include "control/packet_filters.h"

#include <linux/capability.h>
#include <nftables/libnftables.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "control/json_field.h"
#include "control/quote.h"

namespace isat {
namespace {

using nlohmann::json;

// A rule that hands frames to a program, or away to another interface, swallows them too.
constexpr std::array kVerdicts = {"drop", "reject", "queue", "fwd"};

bool drops(const json& statement) {
  return std::any_of(kVerdicts.begin(), kVerdicts.end(), [&](const char* verdict) {
    return statement.is_object() && statement.contains(verdict);
  });
}

bool can_drop(const Ruleset::Name& name, const Ruleset& ruleset, std::set<Ruleset::Name>& seen) {
  const auto* chain = ruleset.chain(name);
  if (chain == nullptr || !seen.insert(name).second) return false;
  if (chain->drops) return true;
  for (const auto& rule : chain->rules) {
    for (const auto& statement : rule) {
      if (drops(statement)) return true;
      for (const char* verdict : {"jump", "goto"}) {
        auto next = name;
        std::get<2>(next) = text_field(statement, {verdict, "target"});
        if (can_drop(next, ruleset, seen)) return true;
      }
    }
  }
  return false;
}

// Asked first: the library's own words about it go to the terminal, too.
bool may_list() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return true;
  return (data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN)) != 0;
}

}  // namespace

std::vector<PacketFilter> packet_filters(const Ruleset& ruleset) {
  std::vector<PacketFilter> filters;
  for (const auto& [name, chain] : ruleset.chains()) {
    std::set<Ruleset::Name> seen;
    if (chain.hook.empty() || !can_drop(name, ruleset, seen)) continue;
    filters.push_back({std::get<0>(name), chain.hook, chain_text(name)});
  }
  return filters;
}

Result<std::string> packet_filter_ruleset() {
  if (!may_list()) {
    return fail(
        "list packet filters: no CAP_NET_ADMIN, so none of their drops is known; run as root",
        EPERM);
  }
  const std::unique_ptr<nft_ctx, decltype(&nft_ctx_free)> context(nft_ctx_new(NFT_CTX_DEFAULT),
                                                                  &nft_ctx_free);
  if (!context) return fail("list packet filters: libnftables does not start");
  nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
  if (nft_ctx_buffer_output(context.get()) != 0 || nft_ctx_buffer_error(context.get()) != 0 ||
      nft_run_cmd_from_buffer(context.get(), "list ruleset") != 0) {
    return fail("list packet filters: " + one_line(nft_ctx_get_error_buffer(context.get())));
  }
  return std::string(nft_ctx_get_output_buffer(context.get()));
}

}  // namespace isat
