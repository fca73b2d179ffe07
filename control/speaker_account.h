// SPDX-License-Identifier: Apache-2.0
// What a running speaker says of itself, whatever its source, read back from its account.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace isat {

struct SpeakerAccount {
  std::string node;
  std::map<std::string, std::string> failures;  // object → cause, as in SpeakerState
  std::map<std::string, std::string> holders;   // by the address's text; "" = nobody
};

// Tolerates an account of another version: what is not as expected is absent.
[[nodiscard]] std::optional<SpeakerAccount> parse_speaker_account(const std::string& text);

}  // namespace isat
