// SPDX-License-Identifier: Apache-2.0
// Who holds an address and why, as the speaker sees it: for status, not for deciding.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/election.h"
#include "control/membership.h"
#include "control/service_standing.h"
#include "control/source_report.h"
#include "control/speaker_state.h"
#include "dataplane/address.h"

namespace isat {

struct AddressAccount {
  Address address;
  std::vector<std::string> owners{};
  std::vector<Candidate> candidates{};  // in the order of the election: the first holds it
  // Patterns of the interfaces it may be announced on from the speaker's own node; empty = any.
  std::vector<std::string> interfaces{};
};

struct AccountParts {
  std::string node;
  SpeakerState state;
  SourceReport source;
  std::vector<AddressAccount> addresses;
  std::vector<ServiceStanding> standings{};
  std::vector<Member> members{};
};

// One document of everything a speaker can say beyond what its maps show.
[[nodiscard]] nlohmann::ordered_json account_json(const AccountParts& parts);
// The same for people; empty if it is no such document.
[[nodiscard]] std::string account_text(const nlohmann::ordered_json& account);

}  // namespace isat
