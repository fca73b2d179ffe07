// SPDX-License-Identifier: Apache-2.0
// What `isat explain` judges by, gathered from this host.
#include "control/evidence.h"

#include <net/if.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "control/boot_clock.h"
#include "control/packet_course.h"
#include "control/packet_filters.h"
#include "control/running_speaker.h"
#include "control/status_socket.h"
#include "dataplane/driver_statistics.h"
#include "dataplane/foreign_programs.h"
#include "dataplane/interfaces.h"
#include "dataplane/route.h"

namespace isat {
namespace {

// proc(5): "INDEX NAME GROUP USERS FLAGS TIMER", the group as 32 hexadecimal digits.
void read_groups(std::map<InterfaceIndex, InterfaceEvidence>& interfaces) {
  std::ifstream file("/proc/net/igmp6");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    InterfaceIndex index = 0;
    std::string name, digits;
    if (!(words >> index >> name >> digits) || digits.size() != 32) continue;
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
    }
    if (const auto found = interfaces.find(index); found != interfaces.end()) {
      found->second.groups.insert(Address::v6(bytes));
    }
  }
}

bool is_wireless(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::exists("/sys/class/net/" + name + "/phy80211", ignored) ||
         std::filesystem::exists("/sys/class/net/" + name + "/wireless", ignored);
}

// One a line; no such file where the kernel has no legacy tables, or none was used yet.
std::vector<std::string> lines_of(const char* path) {
  std::ifstream file(path);
  return {std::istream_iterator<std::string>(file), std::istream_iterator<std::string>()};
}

// A bridge's own filters stand on both ways. Netdev chains are on neither: ingress comes after tc,
// and what tc redirects skips egress (nf_skip_egress() in net/core/dev.c).
void read_filters(Evidence& evidence) {
  const auto ruleset = packet_filter_ruleset();
  if (!ruleset) evidence.unseen.push_back(ruleset.error().message);
  if (ruleset) evidence.rules = Ruleset::parse(*ruleset);
  evidence.legacy_tables[Family::kIpv4] = lines_of("/proc/net/ip_tables_names");
  evidence.legacy_tables[Family::kIpv6] = lines_of("/proc/net/ip6_tables_names");
  const auto filters = ruleset ? packet_filters(*evidence.rules) : std::vector<PacketFilter>();
  for (auto& [index, each] : evidence.interfaces) {
    if (const auto programs = at_tc_egress(index)) each.after = *programs;
    if (each.interface.kind != "bridge") continue;
    for (const auto& filter : filters) {
      if (filter.family != "bridge") continue;
      const bool out = filter.hook == "output" || filter.hook == "postrouting";
      (out ? each.after : each.before).push_back(filter.name);
    }
  }
}

int setting(const std::string& name) {
  std::ifstream file("/proc/sys/net/" + name);
  int value = 0;
  return file >> value ? value : 0;
}

// IPv4 asks the interface; IPv6 the host as a whole (ip6_forward() in net/ipv6/ip6_output.c), and
// from Linux 6.17 the interface's force_forwarding, too.
void read_forwarding(std::map<InterfaceIndex, InterfaceEvidence>& interfaces) {
  const bool all_v6 = setting("ipv6/conf/all/forwarding") != 0;
  for (auto& [index, each] : interfaces) {
    const auto& name = each.interface.name;
    if (setting("ipv4/conf/" + name + "/forwarding") != 0) each.forwards.insert(Family::kIpv4);
    if (all_v6 || setting("ipv6/conf/" + name + "/force_forwarding") != 0) {
      each.forwards.insert(Family::kIpv6);
    }
  }
}

// The larger of the two values counts (ip-sysctl).
bool filters_sources(const std::string& interface) {
  return setting("ipv4/conf/all/rp_filter") != 0 ||
         setting("ipv4/conf/" + interface + "/rp_filter") != 0;
}

// An IPv4 address of this host that packets may be sent to from outside.
std::optional<Address> own_address(const Evidence& evidence) {
  for (const auto& [index, each] : evidence.interfaces) {
    for (const auto& subnet : each.interface.subnets) {
      if (subnet.address.is_v4() && subnet.address.bytes()[0] != 127) return subnet.address;
    }
  }
  return std::nullopt;
}

// Its other half in a network of two: for most addresses a client on the same link.
Address neighbour_of(const Address& address) {
  std::array<std::uint8_t, 4> bytes{};
  std::copy_n(address.bytes().begin(), bytes.size(), bytes.begin());
  bytes.back() ^= 1;
  return Address::v4(bytes);
}

void read_kube_proxy(Evidence& evidence) {
  evidence.ipvs = ::if_nametoindex("kube-ipvs0") != 0;
  evidence.strict_arp = setting("ipv4/conf/all/arp_ignore") >= 1;
}

// Of the cluster only where it decides: a file's wishes are read from the file.
void read_account(Evidence& evidence) {
  if (!evidence.speaker) return;
  const auto told = StatusSocket::ask(evidence.pin);
  if (!told) {
    evidence.unseen.push_back(told.error().message);
    return;
  }
  evidence.speaker_account = parse_speaker_account(*told);
  evidence.account = parse_account(*told);
}

void read_interfaces(Evidence& evidence) {
  const auto interfaces = Interfaces::open();
  if (!interfaces) {
    evidence.unseen.push_back(interfaces.error().message);
    return;
  }
  for (const auto& [index, interface] : (*interfaces)->all()) {
    auto& each = evidence.interfaces[index];
    each.interface = interface;
    each.wireless = is_wireless(interface.name);
    each.xdp_occupant = xdp_occupant(index);
    // A driver that counts nothing is no news: most virtual ones do not.
    if (const auto statistics = driver_statistics(interface.name)) {
      each.lost_at_xdp_tx = lost_at_xdp_tx(*statistics);
    }
  }
  read_groups(evidence.interfaces);
  read_forwarding(evidence.interfaces);
}

void read_refused_clients(Evidence& evidence, const Address& address) {
  const auto to = own_address(evidence);
  if (!to || !address.is_v4()) return;
  const auto client = neighbour_of(address);
  for (auto& [index, each] : evidence.interfaces) {
    each.refused_client.reset();  // of the address explained before
    const auto& own = each.interface.subnets;
    const bool v4 = std::any_of(own.begin(), own.end(),
                                [](const Subnet& subnet) { return subnet.address.is_v4(); });
    const bool near = std::any_of(own.begin(), own.end(),
                                  [&](const Subnet& subnet) { return subnet.contains(client); });
    // With addresses of other networks only, its clients come by a router, from anywhere.
    if (v4 && !near) continue;
    if (filters_sources(each.interface.name) && refuses_source(index, client, *to)) {
      each.refused_client = client;
    }
  }
}

}  // namespace

std::set<Address> addresses_known(const Evidence& evidence) {
  std::set<Address> addresses;
  const auto add = [&](const std::string& text) {
    if (const auto address = Address::parse(text)) addresses.insert(*address);
  };
  if (evidence.configuration) {
    for (const auto& assignment : evidence.configuration->addresses) {
      addresses.insert(assignment.key.address);
    }
  }
  if (evidence.pins) {
    for (const auto& actual : evidence.pins->announcements) {
      addresses.insert(actual.announcement.key.address);
    }
  }
  if (!evidence.account) return addresses;
  for (const auto& [text, assignment] : evidence.account->addresses) add(text);
  for (const auto& refusal : evidence.account->refusals) {
    for (const auto& text : refusal.addresses) add(text);
  }
  for (const auto& other : evidence.account->other_classes) {
    for (const auto& text : other.addresses) add(text);
  }
  return addresses;
}

void gather_routes(Evidence& evidence, const Address& address) {
  read_refused_clients(evidence, address);
  evidence.routes.clear();
  if (!evidence.rules) return;
  for (const auto& [index, each] : evidence.interfaces) {
    const Packet packet{address.family(), address, each.interface.name, "", false};
    for (const auto& to : translations(*evidence.rules, packet)) {
      if (!to || evidence.routes.contains(*to)) continue;
      auto route = route_to(*to).map([&](InterfaceIndex out) {
        const auto found = evidence.interfaces.find(out);
        return found == evidence.interfaces.end() ? std::string() : found->second.interface.name;
      });
      evidence.routes.emplace(*to, std::move(route));
    }
  }
}

void gather_probes(Evidence& evidence, const Address& address,
                   const std::optional<std::string>& interface) {
  constexpr std::chrono::milliseconds kPatience{500};
  std::set<std::string> from;
  if (interface) {
    from.insert(*interface);
  } else if (evidence.pins) {
    for (const auto& [attachment, alive] : evidence.pins->attachments) {
      if (alive) from.insert(attachment.name);
    }
  }
  evidence.probes.clear();
  evidence.unprobed.clear();
  if (from.empty()) {
    evidence.unprobed.push_back(
        "who answers a probe: isat is attached to no interface here; --probe-from NAME");
  }
  for (const auto& name : from) {
    const auto found =
        std::find_if(evidence.interfaces.begin(), evidence.interfaces.end(),
                     [&](const auto& each) { return each.second.interface.name == name; });
    const auto answers = found == evidence.interfaces.end()
                             ? fail("probe from " + name + ": no such interface")
                             : probe(found->second.interface, address, kPatience);
    if (answers) {
      evidence.probes.emplace(name, *answers);
    } else {
      evidence.unprobed.push_back(answers.error().message);
    }
  }
}

Evidence gather_evidence(const std::string& pin, const std::optional<std::string>& configuration) {
  Evidence evidence;
  evidence.now = boot_now();
  evidence.pin = pin;
  if (configuration) {
    auto loaded = load_configuration(*configuration);
    evidence.configuration_name = *configuration;
    if (loaded) {
      evidence.pin = loaded->pin;
      evidence.configuration = std::move(*loaded);
    } else {
      evidence.unseen.push_back(loaded.error().message);
    }
  }
  evidence.pins = read_pinned_state(evidence.pin);
  evidence.speaker = running_speaker(evidence.pin);
  read_account(evidence);
  read_interfaces(evidence);
  read_filters(evidence);
  read_kube_proxy(evidence);
  return evidence;
}

}  // namespace isat
