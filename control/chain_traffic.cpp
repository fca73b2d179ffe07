// SPDX-License-Identifier: Apache-2.0
// The links on the wire: announced, asked, answered.
#include "control/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "control/speaker_state.h"
#include "dataplane/outcome.h"

namespace isat {

// What nobody tells the neighbours anew does not keep requests from being answered.
bool Chain::announced() {
  if (!evidence_.speaker) {
    explanation_.warnings.push_back(
        "no speaker is running: the kernel answers, but nobody tells the neighbours anew");
    return lacking("announced", "no speaker is running");
  }
  if (has_passed_deadline()) {
    return not_repeated("past its deadline the speaker does not repeat it");
  }
  if (evidence_.speaker_account) {
    const auto& failures = evidence_.speaker_account->failures;
    for (const auto* place : places_) {
      const auto failure = failures.find(telling_of(address(), place->interface.name));
      if (failure != failures.end()) return not_repeated(failure->second);
    }
  }
  return holds("announced", "a speaker runs and repeats it");
}

bool Chain::not_repeated(const std::string& why) {
  explanation_.warnings.push_back(
      why + ": it is answered for, but neighbours that know another MAC are not told of this one");
  return lacking("announced", why);
}

std::uint64_t Chain::seen_on(InterfaceIndex index) const {
  std::uint64_t frames = 0;
  for (const auto& interface : evidence_.pins->outcomes) {
    if (interface.interface != index) continue;
    const auto& counts = interface.counts[family()];
    frames = std::accumulate(counts.begin(), counts.end(), frames);
  }
  return frames;
}

std::uint64_t Chain::answered_count() const {
  std::uint64_t count = 0;
  for (const auto* place : places_) count += announcement(place->interface.index)->answered;
  return count;
}

// At tc we come after everything at XDP, and after what stands before us at tc.
std::vector<std::string> Chain::ahead_on(Place place) const {
  const auto* attached = attachment(place->interface.index);
  auto ahead = attached->ahead;
  if (attached->mode == AttachMode::kTc && !place->xdp_occupant.empty()) {
    ahead.insert(ahead.begin(), place->xdp_occupant);
  }
  return ahead;
}

// What was answered once may be swallowed today: those who could are named all the same.
bool Chain::asked() {
  if (const auto count = answered_count()) {
    auto seen = fmt::format("{} times", count);
    for (const auto* place : places_) {
      auto ahead = ahead_on(place);
      ahead.insert(ahead.end(), place->before.begin(), place->before.end());
      if (ahead.empty()) continue;
      seen += fmt::format("; {} comes first on {}", ahead.front(), place->interface.name);
    }
    return holds("asked", seen);
  }
  const auto ask = " (try `arping` or `ndisc6` from another host)";
  for (const auto* place : places_) {
    if (const auto seen = seen_on(place->interface.index)) {
      return unseen("asked", fmt::format("{} {} frames reached {}, none for this address{}", seen,
                                         family_name(family()), place->interface.name, ask));
    }
  }
  for (const auto* place : places_) {
    const auto& name = place->interface.name;
    if (const auto ahead = ahead_on(place); !ahead.empty()) {
      return broken("asked",
                    fmt::format("no {} frame reaches isat on {}, where {} comes first and may "
                                "swallow them",
                                family_name(family()), name, ahead.front()),
                    "bpftool net show dev " + name + "; make it pass ARP and ICMPv6, or remove it");
    }
    if (!place->before.empty()) {
      return broken("asked",
                    fmt::format("no {} frame reaches isat on {}, and {} may drop them on the way",
                                family_name(family()), name, place->before.front()),
                    "nft list ruleset; accept ARP and ICMPv6 there");
    }
    if (place->wireless && !place->interface.promiscuous) {
      return broken(
          "asked",
          fmt::format("no {} frame reaches isat on {}; it is wireless, and firmware often "
                      "filters requests for addresses it does not know",
                      family_name(family()), name),
          "ip link set " + name + " promisc on");
    }
  }
  return unseen("asked", std::string("nobody has asked yet") + ask);
}

std::uint64_t Chain::answered_on(InterfaceIndex index) const {
  std::uint64_t frames = 0;
  for (const auto& interface : evidence_.pins->outcomes) {
    if (interface.interface != index) continue;
    for (const auto& counts : interface.counts) frames += counts[OUTCOME_ANSWERED];
  }
  return frames;
}

// A driver counts since it was loaded, and not only for us: a few losses are history, most of what
// was answered is a cause.
bool Chain::sent() {
  for (const auto* place : places_) {
    if (attachment(place->interface.index)->mode == AttachMode::kTc) continue;
    const auto& name = place->interface.name;
    std::uint64_t lost = 0;
    for (const auto& [counter, frames] : place->lost_at_xdp_tx) lost += frames;
    if (lost == 0) continue;
    const auto answers = answered_on(place->interface.index);
    const auto seen =
        fmt::format("{}'s driver lost {} frames sent at XDP ({}), of {} that isat answered", name,
                    lost, place->lost_at_xdp_tx.begin()->first, answers);
    if (answers > 0 && lost >= answers / 2 + answers % 2) {
      return broken("answered", seen, "attach: tc");
    }
    explanation_.warnings.push_back(fmt::format("{} (ethtool -S {})", seen, name));
  }
  return true;
}

bool Chain::answered() {
  for (const auto* place : places_) {
    if (place->after.empty()) continue;
    if (attachment(place->interface.index)->mode == AttachMode::kTc) {
      return broken("answered",
                    fmt::format("{} may swallow the reply on its way out of {}",
                                place->after.front(), place->interface.name),
                    "bpftool net show; nft list ruleset; make it pass ARP and ICMPv6");
    }
  }
  if (!sent()) return false;
  if (evidence_.ipvs && !evidence_.strict_arp) {
    return broken("answered",
                  "kube-proxy in IPVS mode has the address on this node, and on every other, and "
                  "their kernels answer for it too",
                  "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 "
                  "(strictARP: true in kube-proxy's configuration)");
  }
  if (const auto count = answered_count()) return holds("answered", fmt::format("{} times", count));
  return unseen("answered", "not yet");
}

}  // namespace isat
