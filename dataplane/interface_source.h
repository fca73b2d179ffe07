// SPDX-License-Identifier: Apache-2.0
// Where the knowledge of this node's interfaces comes from: rtnetlink, or a test.
#pragma once

#include <map>
#include <vector>

#include "dataplane/interface.h"
#include "dataplane/result.h"

namespace isat {

class InterfaceSource {
 public:
  virtual ~InterfaceSource() = default;

  // Readable when process() has something to do; owned by this object.
  [[nodiscard]] virtual int descriptor() const = 0;
  // Takes in what is waiting, without blocking, and returns the indices that appeared, changed or
  // vanished, each once.
  [[nodiscard]] virtual Result<std::vector<InterfaceIndex>> process() = 0;
  // The view as of the last process(); complete from the start.
  [[nodiscard]] virtual const std::map<InterfaceIndex, Interface>& all() const = 0;
};

}  // namespace isat
