// SPDX-License-Identifier: Apache-2.0
// The directory of our pins: it lies in a bpffs, one speaker at a time owns it, and it outlives
// them.
#pragma once

#include <string>
#include <vector>

#include "dataplane/file_descriptor.h"
#include "dataplane/result.h"

namespace isat {

class PinDirectory {
 public:
  // Creates the directory (mode 0700) if need be and locks it until this object goes; one that
  // others could read is tightened to that mode. Fails when the path is not in a bpffs, belongs to
  // another user or can be written by one, or when another speaker holds the lock (EWOULDBLOCK).
  [[nodiscard]] static Result<PinDirectory> lock(const std::string& path);
  // Is a speaker holding it? False when there is no such directory.
  [[nodiscard]] static bool is_locked(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
  // Names in the directory that begin with `prefix`, sorted; directories too.
  [[nodiscard]] std::vector<std::string> names(const std::string& prefix = "") const;
  // Of them those of hooks: xdp_, tcx_ or tc_ and the interface's index.
  [[nodiscard]] std::vector<std::string> hooks() const;
  // Idempotent; a directory goes with all that is in it.
  [[nodiscard]] Result<void> remove(const std::string& name) const;

 private:
  PinDirectory(std::string path, FileDescriptor directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  FileDescriptor directory_;
};

}  // namespace isat
