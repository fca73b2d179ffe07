// SPDX-License-Identifier: Apache-2.0
// The links between a wish and its answer, looked at one after the other.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "control/evidence.h"
#include "control/explanation.h"
#include "control/packet_course.h"

namespace isat {

// Each link says whether to go on. `places_` are the interfaces on which nothing speaks against an
// answer so far; the links thin them out.
class Chain {
 public:
  // `evidence` outlives the chain.
  Chain(const Address& address, const Evidence& evidence)
      : evidence_(evidence), explanation_{address, {}, {}, {}, {}, {}} {}

  // Once.
  [[nodiscard]] Explanation follow();

 private:
  using Place = const InterfaceEvidence*;

  // chain_cluster.cpp
  bool in_cluster();
  void allowed(const std::vector<std::string>& owners, const std::string& end);
  std::vector<std::string> counting(std::vector<std::string> owners);
  bool no_service();
  [[nodiscard]] std::string api_trouble() const;
  bool no_holder(const AccountAddress& assignment);

  // chain_wish.cpp
  bool assigned();
  bool interface();
  [[nodiscard]] bool wished_for(const std::string& name) const;
  [[nodiscard]] static std::string mend_interface(const std::vector<std::string>& against);
  bool nothing_attached();

  // chain_kernel.cpp
  bool attached();
  bool no_pins();
  bool programmed();
  bool not_programmed();
  bool vouched();
  bool group();
  // Null when none of ours is alive there.
  [[nodiscard]] const Attachment* attachment(InterfaceIndex index) const;
  [[nodiscard]] const ActualAnnouncement* announcement(InterfaceIndex index) const;

  // chain_traffic.cpp
  bool announced();
  bool not_repeated(const std::string& why);
  bool asked();
  [[nodiscard]] std::vector<std::string> ahead_on(Place place) const;
  bool answered();
  bool sent();  // what was answered at XDP left by the driver, as far as it counts
  [[nodiscard]] std::uint64_t answered_on(InterfaceIndex index) const;
  // Frames of the address's family that reached us on the interface.
  [[nodiscard]] std::uint64_t seen_on(InterfaceIndex index) const;
  [[nodiscard]] std::uint64_t answered_count() const;

  // chain_probe.cpp
  void hear();    // who answered
  bool alone();   // nobody else does, as far as a probe can tell
  void rivals();  // of whoever has it, when that is not this node
  [[nodiscard]] bool is_ours(const MacAddress& mac) const;
  [[nodiscard]] std::string node_of(const MacAddress& mac) const;  // empty = of none known

  // chain_delivery.cpp
  bool delivered();
  bool let_in(Place place);
  bool sent_on(Place place, const std::optional<Address>& to);
  bool passes(const std::vector<PacketDrop>& drops, const std::string& packets);
  [[nodiscard]] bool is_own(const Address& any) const;  // of this host
  [[nodiscard]] bool is_taken() const;

  // chain.cpp
  bool holds(const char* link, std::string seen);
  bool unseen(const char* link, std::string why);
  bool broken(const char* link, const std::string& cause, std::string mend);
  // It does not hold, and the chain goes on.
  bool lacking(const char* link, const std::string& why);
  [[nodiscard]] bool was_followed_to(const std::string& link) const;
  [[nodiscard]] bool has_passed_deadline() const;
  void warn();
  [[nodiscard]] static std::vector<std::string> subnet_texts(const std::set<Subnet>& subnets);
  [[nodiscard]] const Address& address() const { return explanation_.address; }
  [[nodiscard]] std::string text() const { return address().to_string(); }
  [[nodiscard]] isat_family family() const { return address().is_v4() ? FAMILY_ARP : FAMILY_NDP; }
  [[nodiscard]] std::string names() const;  // of the places
  [[nodiscard]] std::string start_speaker() const;

  const Evidence& evidence_;
  Explanation explanation_;
  std::vector<std::string> wished_;  // interface patterns; empty = any
  std::vector<Place> places_;
};

}  // namespace isat
