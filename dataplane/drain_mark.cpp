// SPDX-License-Identifier: Apache-2.0
// The wish that this node holds no address: a directory beside the pins.
#include "dataplane/drain_mark.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace isat {
namespace {

Result<void> make(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail_errno("make", path);
}

Result<void> remove(const std::string& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno("remove", path);
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

Result<void> DrainMark::set() const {
  return make(drained_);
}

Result<void> DrainMark::clear() const {
  if (auto removed = take_back(); !removed) return removed;
  return remove(drained_);
}

bool DrainMark::is_set() const {
  return is_there(drained_);
}

Result<void> DrainMark::confirm() const {
  return make(confirmed_);
}

Result<void> DrainMark::take_back() const {
  return remove(confirmed_);
}

bool DrainMark::is_confirmed() const {
  return is_there(confirmed_);
}

}  // namespace isat
