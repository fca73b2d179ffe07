// SPDX-License-Identifier: Apache-2.0
// Reads lists from the spec of one of MetalLB's resources.
#include "control/spec_field.h"

#include <algorithm>

#include "control/json_field.h"
#include "control/quote.h"

namespace isat {
namespace {

// `parse` is given an element and its full name, and returns a Result.
template <typename T, typename Parse>
Result<std::vector<T>> read_list(const nlohmann::json& object, std::string_view prefix,
                                 std::string_view field, const Parse& parse) {
  std::vector<T> read;
  const auto name = std::string(prefix) + "." + std::string(field);
  const auto* list = json_field(object, {field});
  if (list == nullptr || list->is_null()) return read;
  if (!list->is_array()) return fail(name + ": no list; write one");
  for (std::size_t place = 0; place < list->size(); ++place) {
    const auto full_name = name + "[" + std::to_string(place) + "]";
    Result<T> element = parse((*list)[place], full_name);
    if (!element) return tl::unexpected(element.error());
    if (std::find(read.begin(), read.end(), *element) == read.end()) {
      read.push_back(std::move(*element));
      continue;
    }
    std::string text;
    if constexpr (std::is_same_v<T, std::string>) {
      text = *element;
    } else {
      text = element->to_string();
    }
    return fail(full_name + ": duplicate definition of " + std::string(field) + " " + quote(text) +
                "; remove one");
  }
  return read;
}

}  // namespace

Result<std::vector<std::string>> read_texts(const nlohmann::json& object, std::string_view prefix,
                                            std::string_view field) {
  return read_list<std::string>(
      object, prefix, field,
      [](const nlohmann::json& element, const std::string& name) -> Result<std::string> {
        if (!element.is_string()) return fail(name + ": no text; write one");
        return element.get<std::string>();
      });
}

Result<std::vector<LabelSelector>> read_selectors(const nlohmann::json& object,
                                                  std::string_view prefix, std::string_view field) {
  return read_list<LabelSelector>(
      object, prefix, field,
      [](const nlohmann::json& element, const std::string& name) -> Result<LabelSelector> {
        auto selector = LabelSelector::parse(element);
        if (!selector) return fail(name + "." + selector.error().message);
        return selector;
      });
}

}  // namespace isat
