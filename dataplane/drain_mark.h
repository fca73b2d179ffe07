// SPDX-License-Identifier: Apache-2.0
// The wish that this node holds no address: a directory beside the pins, so that it outlives every
// speaker, but no reboot.
#pragma once

#include <string>

#include "dataplane/result.h"

namespace isat {

class DrainMark {
 public:
  // `pin` is the directory of the pins; it need not be there until set().
  explicit DrainMark(const std::string& pin)
      : drained_(pin + "/drained"), confirmed_(drained_ + "/confirmed") {}

  // All idempotent.
  [[nodiscard]] Result<void> set() const;
  [[nodiscard]] Result<void> clear() const;
  [[nodiscard]] bool is_set() const;

  // The speaker's word that the addresses are withdrawn and the others know.
  [[nodiscard]] Result<void> confirm() const;
  [[nodiscard]] Result<void> take_back() const;
  [[nodiscard]] bool is_confirmed() const;

 private:
  std::string drained_;
  std::string confirmed_;
};

}  // namespace isat
