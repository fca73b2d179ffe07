// SPDX-License-Identifier: Apache-2.0
// Assignments from the configuration file.
#include "control/file_source.h"

#include <algorithm>
#include <asio/post.hpp>
#include <iterator>
#include <utility>

namespace isat {
namespace {

std::vector<Assignment> sorted(std::vector<Assignment> assignments) {
  std::sort(assignments.begin(), assignments.end());
  return assignments;
}

AssignmentChange difference(const std::vector<Assignment>& before,
                            const std::vector<Assignment>& after) {
  AssignmentChange change;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(change.added));
  std::vector<Assignment> removed;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(removed),
                      [](const Assignment& a, const Assignment& b) { return a.key < b.key; });
  for (auto& assignment : removed) change.removed.push_back(std::move(assignment.key));
  return change;
}

}  // namespace

FileSource::FileSource(asio::io_context& loop, const Configuration& configuration)
    : loop_(loop), wanted_(sorted(configuration.addresses)) {}

void FileSource::start(Listener listener) {
  listener_ = std::move(listener);
  told_.clear();
  told_once_ = std::make_shared<bool>(false);
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
  const auto change = difference(told_, wanted_);
  told_ = wanted_;
  if (even_if_empty || !change.empty()) listener_.changed(change);
}

}  // namespace isat
