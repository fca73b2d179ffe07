// SPDX-License-Identifier: Apache-2.0
// Beyond the answer: do the packets that follow it reach anything on this node?
#include "control/chain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace isat {

// Only what is certain breaks the chain: what the rules do to every packet, the kernel's own
// refusal.
bool Chain::delivered() {
  for (const auto* place : places_) {
    if (!let_in(place)) return false;
  }
  if (evidence_.rules && !is_taken()) {
    explanation_.warnings.push_back(
        "nothing that can be seen here takes packets to " + text() +
        ": no nftables rule names it (kube-proxy's would), and no interface has it. Others' BPF "
        "programs are not seen");
  }
  const auto legacy = evidence_.legacy_tables.find(address().family());
  if (legacy != evidence_.legacy_tables.end() && !legacy->second.empty()) {
    explanation_.warnings.push_back(fmt::format(
        "iptables-legacy has tables here ({}), and what their rules do to packets to {} is not "
        "seen: {}-legacy-save shows them",
        fmt::join(legacy->second, ", "), text(), address().is_v4() ? "iptables" : "ip6tables"));
  }
  return true;
}

bool Chain::let_in(Place place) {
  const auto& name = place->interface.name;
  if (place->refused_client && address().is_v4()) {
    return broken(
        "delivered",
        fmt::format("rp_filter drops packets from clients such as {} on {}: this node's route to "
                    "them does not lead there",
                    place->refused_client->to_string(), name),
        fmt::format("ip route add the clients' network dev {0}, or sysctl -w "
                    "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.{0}.rp_filter=0",
                    name));
  }
  if (!evidence_.rules) return true;
  const Packet packet{address().family(), address(), name, "", false};
  if (!passes(packet_drops(*evidence_.rules, "prerouting", packet, Stretch::kBeforeTranslation),
              "packets to " + text())) {
    return false;
  }
  const auto translated = translations(*evidence_.rules, packet);
  return translated.empty() ? sent_on(place, address())
                            : std::all_of(translated.begin(), translated.end(),
                                          [&](const auto& to) { return sent_on(place, to); });
}

// Past prerouting: into this host, or through it.
bool Chain::sent_on(Place place, const std::optional<Address>& to) {
  const auto& name = place->interface.name;
  const bool translated = to != address();
  const auto packets =
      !translated ? "packets to " + text()
      : to        ? fmt::format("packets to {}, on their way to {}", text(), to->to_string())
                  : fmt::format("packets to {}, on their way to where iptables sends them", text());
  Packet packet{address().family(), to, name, "", translated};
  if (to && is_own(*to)) {
    return passes(packet_drops(*evidence_.rules, "input", packet), packets);
  }
  // Nobody takes it, which is said elsewhere.
  if (!translated && !place->forwards.contains(address().family())) return true;
  if (!place->forwards.contains(address().family())) {
    const auto setting = address().is_v4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
    const auto cause =
        fmt::format("{} are not forwarded: {} is 0, or that of {}", packets, setting, name);
    const auto mend = fmt::format("sysctl -w {}=1", setting);
    if (to) return broken("delivered", cause, mend);
    explanation_.warnings.push_back(cause + ", which loses what is not for this node: " + mend);
    return true;
  }
  if (const auto route = to ? evidence_.routes.find(*to) : evidence_.routes.end();
      route != evidence_.routes.end()) {
    if (!route->second) {
      return broken("delivered",
                    fmt::format("{} have no way there: {}", packets, route->second.error().message),
                    "ip route get " + to->to_string() +
                        "; the network of the pods is broken on this node (CNI), or its routes");
    }
    packet.out = *route->second;
  }
  return passes(packet_drops(*evidence_.rules, "forward", packet), packets) &&
         passes(packet_drops(*evidence_.rules, "postrouting", packet), packets);
}

bool Chain::passes(const std::vector<PacketDrop>& drops, const std::string& packets) {
  const std::string mend = "nft -a list ruleset; accept them there";
  for (const auto& drop : drops) {
    if (drop.certain) {
      return broken("delivered",
                    fmt::format("{} drops {}: it is answered for, and then not let through",
                                drop.chain, packets),
                    mend);
    }
  }
  for (const auto& drop : drops) {
    auto warning = fmt::format("{} may drop {}, all or some: {}", drop.chain, packets, mend);
    auto& warnings = explanation_.warnings;
    if (std::find(warnings.begin(), warnings.end(), warning) != warnings.end()) continue;
    warnings.push_back(std::move(warning));
  }
  return true;
}

bool Chain::is_own(const Address& any) const {
  const auto has_it = [&](const auto& each) {
    const auto& own = each.second.interface.subnets;
    return std::any_of(own.begin(), own.end(),
                       [&](const Subnet& subnet) { return subnet.address == any; });
  };
  return std::any_of(evidence_.interfaces.begin(), evidence_.interfaces.end(), has_it);
}

bool Chain::is_taken() const {
  if (evidence_.rules->mentions(address()) || is_own(address())) return true;
  // A router hands on what comes for others; a node of a cluster has to serve it itself.
  return !evidence_.account && std::any_of(places_.begin(), places_.end(), [&](Place place) {
    return place->forwards.contains(address().family());
  });
}

}  // namespace isat
