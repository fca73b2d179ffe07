// SPDX-License-Identifier: Apache-2.0
// What a running speaker says of itself, read back.
#include "control/speaker_account.h"

#include <nlohmann/json.hpp>

#include "control/json_field.h"

namespace isat {

std::optional<SpeakerAccount> parse_speaker_account(const std::string& text) {
  const auto object = nlohmann::json::parse(text, nullptr, false);
  SpeakerAccount account{text_field(object, {"node"}), {}, {}};
  if (account.node.empty()) return std::nullopt;
  const auto* failures = json_field(object, {"failures"});
  if (failures != nullptr && failures->is_object()) {
    for (const auto& [name, cause] : failures->items()) {
      if (cause.is_string()) account.failures.emplace(name, cause.get<std::string>());
    }
  }
  const auto* addresses = json_field(object, {"addresses"});
  if (addresses == nullptr || !addresses->is_array()) return account;
  for (const auto& row : *addresses) {
    const auto address = text_field(row, {"address"});
    if (!address.empty()) account.holders.emplace(address, text_field(row, {"holder"}));
  }
  return account;
}

}  // namespace isat
