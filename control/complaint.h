// SPDX-License-Identifier: Apache-2.0
// The first complaint about a file: of all that are raised, the one on the lowest line.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "dataplane/result.h"

namespace isat {

class Complaint {
 public:
  explicit Complaint(std::string path) : path_(std::move(path)) {}

  // `line` counts from 1; `text` is "problem; mend".
  void raise(int line, const std::string& field, const std::string& text) {
    if (line >= line_) return;
    line_ = line;
    error_ = Error{path_ + ":" + std::to_string(line) + ": " + field + ": " + text};
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int line_ = std::numeric_limits<int>::max();
  std::optional<Error> error_;
};

}  // namespace isat
