// SPDX-License-Identifier: Apache-2.0
// The named fields of a YAML map.
#include "control/yaml_fields.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "control/quote.h"
#include "control/yaml_document.h"

namespace isat {
namespace {

// Levenshtein's distance; both texts are short.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

const std::string& nearest(const std::string& name, const std::vector<std::string>& known) {
  constexpr std::size_t kLongestName = 64;
  const auto head = name.substr(0, kLongestName);
  return *std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return distance(head, a) < distance(head, b);
  });
}

// Control characters have no place in any setting, and would break a message or a path in two.
std::optional<std::string> unsound(const YAML::Node& node) {
  if (node.IsNull()) return "has no value; write one or remove the line";
  if (!node.IsScalar()) return "is " + kind_of(node) + "; write a single value";
  const auto& text = node.Scalar();
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; })) {
    return quote(text) + " holds a control character or a line break; remove it";
  }
  return std::nullopt;
}

}  // namespace

std::string kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return "a single value";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a map";
    default:
      return "empty";
  }
}

Fields::Fields(const YAML::Node& map, std::string name, Complaint& complaint)
    : name_(std::move(name)), complaint_(complaint) {
  if (!map.IsMap()) {
    complaint_.raise(line_of(map), name_.empty() ? "document" : name_,
                     "is " + kind_of(map) + "; write lines of the form 'name: value'");
    return;
  }
  for (const auto& pair : map) {
    const int line = line_of(pair.first);
    if (!pair.first.IsScalar()) {
      complaint_.raise(line, name_.empty() ? "document" : name_,
                       "the name of a field is " + kind_of(pair.first) + "; write a plain name");
      continue;
    }
    const auto& field = pair.first.Scalar();
    const auto [found, inserted] = entries_.try_emplace(field, Entry{pair.second, line});
    if (inserted) continue;
    complaint_.raise(
        line, full_name(field),
        "given twice, first on line " + std::to_string(found->second.line) + "; keep one of them");
  }
}

const Fields::Entry* Fields::find(const std::string& field) {
  known_.push_back(field);
  const auto found = entries_.find(field);
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<std::string> Fields::scalar(const Entry& entry, const std::string& field) {
  if (const auto problem = unsound(entry.node)) {
    complaint_.raise(entry.line, full_name(field), *problem);
    return std::nullopt;
  }
  return entry.node.Scalar();
}

void Fields::read_list(const std::string& field, std::optional<std::vector<std::string>>& value,
                       std::size_t most, bool may_be_empty, const Reading<std::string>& reading) {
  const auto* entry = find(field);
  if (entry == nullptr) return;
  const auto refuse = [&](int line, const std::string& text) {
    complaint_.raise(line, full_name(field), text);
  };
  if (!entry->node.IsSequence()) {
    return refuse(entry->line, "is " + kind_of(entry->node) + "; write a list, as in [a, b]");
  }
  if (entry->node.size() == 0 && !may_be_empty) {
    return refuse(entry->line, "lists nothing; name one or remove the line");
  }
  if (entry->node.size() > most) {
    return refuse(entry->line, "lists " + std::to_string(entry->node.size()) + "; write at most " +
                                   std::to_string(most));
  }
  std::vector<std::string> texts;
  for (const auto& item : entry->node) {
    if (item.IsNull()) {  // its mark may be that of what follows
      return refuse(line_of(item), "an item here or just above is empty; remove it");
    }
    if (const auto problem = unsound(item)) return refuse(line_of(item), *problem);
    auto text = reading(item.Scalar());
    if (!text) return refuse(line_of(item), text.error().message);
    texts.push_back(std::move(*text));
  }
  value = std::move(texts);
}

void Fields::section(const std::string& field, const std::function<void(Fields&)>& read_section) {
  const auto* entry = find(field);
  if (entry == nullptr) return;
  if (!entry->node.IsMap()) {
    complaint_.raise(entry->line, full_name(field),
                     "is " + kind_of(entry->node) + "; write a map, or remove the line");
    return;
  }
  Fields fields(entry->node, full_name(field), complaint_);
  read_section(fields);
  fields.refuse_unknown();
}

void Fields::refuse_unknown() const {
  const std::pair<const std::string, Entry>* first = nullptr;
  for (const auto& entry : entries_) {
    if (std::find(known_.begin(), known_.end(), entry.first) != known_.end()) continue;
    if (first == nullptr || entry.second.line < first->second.line) first = &entry;
  }
  if (first == nullptr) return;
  complaint_.raise(
      first->second.line, full_name(first->first),
      "unknown field; the nearest known one is " + quote(nearest(first->first, known_)));
}

std::string Fields::full_name(const std::string& field) const {
  return name_.empty() ? one_line(field) : name_ + "." + one_line(field);
}

}  // namespace isat
