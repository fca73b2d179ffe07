// SPDX-License-Identifier: Apache-2.0
// What `isat explain` judges by: plain facts of this host, gathered once.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/cluster_account.h"
#include "control/configuration.h"
#include "control/ruleset.h"
#include "control/speaker_account.h"
#include "dataplane/interface.h"
#include "dataplane/pinned_state.h"
#include "dataplane/probe.h"

namespace isat {

struct InterfaceEvidence {
  Interface interface;
  bool wireless = false;
  std::set<Address> groups;         // IPv6 multicast groups joined, by anybody on this host
  std::string xdp_occupant;         // who holds the XDP hook, ours or a stranger's; empty = nobody
  std::vector<std::string> before;  // packet filters that may swallow a request on its way to us
  std::vector<std::string> after;   // filters that may swallow a reply sent at tc
  // Replies sent at XDP that the driver lost since it was loaded, by its counters' names.
  std::map<std::string, std::uint64_t> lost_at_xdp_tx{};
  std::set<Family> forwards{};              // packets for others that come in there are handed on
  std::optional<Address> refused_client{};  // a neighbour whose packets rp_filter would drop
};

struct Evidence {
  BootTime now{0};
  std::string pin;
  Result<PinnedState> pins = PinnedState{};
  std::optional<pid_t> speaker;                   // 0 = one runs, out of our sight
  std::optional<Configuration> configuration;     // absent = none was named
  std::string configuration_name;                 // its file, for people
  std::optional<SpeakerAccount> speaker_account;  // absent = none runs, or it could not be asked
  std::optional<ClusterAccount> account;  // a running speaker's, when its source is the cluster
  std::map<InterfaceIndex, InterfaceEvidence> interfaces;
  std::optional<Ruleset> rules;  // of nftables; absent = could not be read
  // Of iptables-legacy, whose rules nftables does not show: the names of those in use.
  std::map<Family, std::vector<std::string>> legacy_tables;
  // What packets to the address are translated to, and the interface they leave by: its name.
  std::map<Address, Result<std::string>> routes;
  bool ipvs = false;        // kube-proxy keeps Service addresses on an interface of this host
  bool strict_arp = false;  // the kernel answers only for addresses of the interface asked on
  std::vector<std::string> unseen;  // what could not be looked at, and why; one line each
  // By the name of the interface asked from: who answered for the address. Absent = not asked.
  std::map<std::string, std::vector<ProbeAnswer>> probes;
  std::vector<std::string> unprobed;  // probes that could not be sent, as in `unseen`
};

// Every address anything here knows of: configured, in the map, or told of by the speaker,
// whosever it is and whatever is said against it.
[[nodiscard]] std::set<Address> addresses_known(const Evidence& evidence);

// Looks at everything once; reads only. What cannot be read is named in `unseen`.
[[nodiscard]] Evidence gather_evidence(const std::string& pin,
                                       const std::optional<std::string>& configuration);

// Asks the kernel about packets to the address: whether it would take them from a client beside it,
// and what way it would send them on.
void gather_routes(Evidence& evidence, const Address& address);

// Asks the link about the address, from the named interface, or from each that isat is attached to.
void gather_probes(Evidence& evidence, const Address& address,
                   const std::optional<std::string>& interface);

}  // namespace isat
