// SPDX-License-Identifier: Apache-2.0
// Assignments from the configuration file: of each new configuration, what changed.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <vector>

#include "control/assignment_source.h"
#include "control/configuration.h"

namespace isat {

// Reads nothing itself: whoever watches the file hands it on with update(), as the other settings
// are wanted elsewhere. It never loses touch; while edits are refused, the last valid one stands.
class FileSource : public AssignmentSource {
 public:
  // `loop` outlives the source.
  FileSource(asio::io_context& loop, const Configuration& configuration);

  void start(Listener listener) override;
  void stop() override;
  void refresh() override;

  // On the loop's thread; calls the listener before it returns, unless nothing changed or the first
  // view is still to come.
  void update(const Configuration& configuration);

 private:
  void tell(bool even_if_empty);

  asio::io_context& loop_;
  std::vector<Assignment> wanted_;  // sorted
  std::vector<Assignment> told_;    // sorted
  Listener listener_;
  std::shared_ptr<bool> told_once_;  // absent = stopped; the posted first view holds it weakly
};

}  // namespace isat
