// SPDX-License-Identifier: Apache-2.0
// Reads a field of JSON that somebody else wrote: absent, null and of another type are all "not
// there".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace isat {

// The value at the end of a path of object members, or null. The library's own look-ups throw on a
// member of a non-object, which an answer from the network can always contain.
[[nodiscard]] inline const nlohmann::json* json_field(
    const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const auto* value = &object;
  for (const auto name : path) {
    if (!value->is_object()) return nullptr;
    const auto found = value->find(name);
    if (found == value->end()) return nullptr;
    value = &*found;
  }
  return value;
}

// Empty unless it is a string.
[[nodiscard]] inline std::string text_field(const nlohmann::json& object,
                                            std::initializer_list<std::string_view> path) {
  const auto* value = json_field(object, path);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// Zero unless it is a whole number.
[[nodiscard]] inline std::int64_t number_field(const nlohmann::json& object,
                                               std::initializer_list<std::string_view> path) {
  const auto* value = json_field(object, path);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

}  // namespace isat
