// SPDX-License-Identifier: Apache-2.0
// Assignments from the configuration file.
#include "control/file_source.h"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "control/assignment_difference.h"

namespace isat {
namespace {

std::vector<Assignment> sorted(std::vector<Assignment> assignments) {
  std::sort(assignments.begin(), assignments.end());
  return assignments;
}

}  // namespace

FileSource::FileSource(asio::io_context& loop, const Configuration& configuration)
    : loop_(loop), wanted_(sorted(configuration.addresses)) {}

void FileSource::start(Listener listener) {
  listener_ = std::move(listener);
  told_.clear();
  told_once_ = std::make_shared<bool>(false);
  refresh();
}

void FileSource::refresh() {
  asio::post(loop_, [this, started = std::weak_ptr<bool>(told_once_)] {
    const auto told_once = started.lock();
    if (told_once == nullptr) return;
    *told_once = true;
    tell(true);
  });
}

void FileSource::stop() {
  told_once_.reset();
}

void FileSource::update(const Configuration& configuration) {
  wanted_ = sorted(configuration.addresses);
  if (told_once_ != nullptr && *told_once_) tell(false);
}

void FileSource::tell(bool even_if_empty) {
  AssignmentChange change;
  note_difference(told_, wanted_, change);
  told_ = wanted_;
  if (even_if_empty || !change.empty()) listener_.changed(change);
}

}  // namespace isat
