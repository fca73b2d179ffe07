// SPDX-License-Identifier: Apache-2.0
// How readers of the pinned maps name interfaces.
#pragma once

#include <map>
#include <string>

#include "dataplane/pinned_state.h"

namespace isat {

// Interfaces are known by the name they had when they were attached.
class InterfaceNames {
 public:
  explicit InterfaceNames(const PinnedState& state) {
    for (const auto& row : state.attachments) {
      names_[row.attachment.interface] = row.attachment.name;
    }
  }
  [[nodiscard]] std::string operator()(InterfaceIndex interface) const {
    const auto found = names_.find(interface);
    return found == names_.end() ? "#" + std::to_string(interface) : found->second;
  }

 private:
  std::map<InterfaceIndex, std::string> names_;
};

}  // namespace isat
