// SPDX-License-Identifier: Apache-2.0
// Where assignments come from: a file, or the Kubernetes API.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/assignment.h"
#include "control/service_standing.h"
#include "control/source_report.h"

namespace isat {

class AssignmentSource {
 public:
  struct Listener {
    // A difference against everything told before. The first call, even an empty one, is the whole
    // view: until then nothing may be withdrawn on the strength of this source.
    std::function<void(const AssignmentChange&)> changed;
    // The source lost (false) or regained (true) its view; the last view told stands meanwhile. A
    // loss is told again when its cause is another.
    // `cause` is one line for people, empty when regained.
    std::function<void(bool in_touch, const std::string& cause)> in_touch;
  };

  virtual ~AssignmentSource() = default;

  // Calls come on the loop's thread, never from inside start() or stop(); none after stop().
  virtual void start(Listener listener) = 0;
  virtual void stop() = 0;
  // What was told may be long outdated: sees all of it anew. The next call of `changed`, even an
  // empty one, is the whole view again.
  virtual void refresh() = 0;

  // As of the last view told; refusals as they concern `node`.
  [[nodiscard]] virtual SourceReport report(const std::string& node) const {
    static_cast<void>(node);
    return {};
  }
  // The same of what speaks for each owner on `node`; none where nothing but the file decides.
  [[nodiscard]] virtual std::vector<ServiceStanding> standings(const std::string& node) const {
    static_cast<void>(node);
    return {};
  }
};

}  // namespace isat
