// SPDX-License-Identifier: Apache-2.0
// The named fields of a YAML map, read one by one; whatever was not asked for is refused.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "control/complaint.h"
#include "dataplane/result.h"

namespace isat {

// What the text of a setting means; its error is "problem; mend".
template <typename T>
using Reading = std::function<Result<T>(const std::string&)>;

class Fields {
 public:
  struct Entry {
    YAML::Node node;
    int line = 0;  // of the name, counted from 1
  };

  // `name` of the map itself, empty for the document; fields in it are called "name.field".
  // `complaint` outlives this.
  Fields(const YAML::Node& map, std::string name, Complaint& complaint);

  // Each leaves `value` alone when the field is absent or refused.
  template <typename T>
  void read(const std::string& field, T& value, const std::type_identity_t<Reading<T>>& reading) {
    const auto* entry = find(field);
    if (entry == nullptr) return;
    const auto text = scalar(*entry, field);
    if (!text) return;
    if (auto read = reading(*text)) {
      value = std::move(*read);
    } else {
      complaint_.raise(entry->line, full_name(field), read.error().message);
    }
  }
  // A list of 1 to `most` texts, or of none when `may_be_empty`.
  void read_list(const std::string& field, std::optional<std::vector<std::string>>& value,
                 std::size_t most, bool may_be_empty, const Reading<std::string>& reading);
  void section(const std::string& field, const std::function<void(Fields&)>& read_section);

  // The field as it stands, for a reader of its own; null when absent.
  [[nodiscard]] const Entry* find(const std::string& field);

  // Raises a complaint about the first field that nobody asked for. Call it last.
  void refuse_unknown() const;

 private:
  [[nodiscard]] std::string full_name(const std::string& field) const;
  [[nodiscard]] std::optional<std::string> scalar(const Entry& entry, const std::string& field);

  std::string name_;
  Complaint& complaint_;
  std::map<std::string, Entry> entries_;
  std::vector<std::string> known_;  // every field asked for, present or not
};

// "a list", "a map", …: for messages about the wrong one.
[[nodiscard]] std::string kind_of(const YAML::Node& node);

}  // namespace isat
