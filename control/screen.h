// SPDX-License-Identifier: Apache-2.0
// A terminal that is drawn anew and again, by ncurses.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/result.h"

namespace isat {

class Screen {
 public:
  // Takes the terminal until the object goes. Fails when standard output is none, or TERM is of an
  // unknown kind.
  [[nodiscard]] static Result<std::unique_ptr<Screen>> open();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] std::size_t height() const;  // lines, as of now
  void draw(const std::vector<std::string>& lines);
  // Waits that long; false when somebody wants to leave (q, or a signal).
  [[nodiscard]] bool wait(std::chrono::milliseconds time);

 private:
  Screen();
};

}  // namespace isat
