// SPDX-License-Identifier: Apache-2.0
// Finds the holder of a flock(2) in /proc/locks.
#include "dataplane/lock_holder.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <fstream>

namespace isat {

std::optional<pid_t> lock_holder(const std::string& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0) return std::nullopt;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    // "1: FLOCK  ADVISORY  WRITE 4711 00:1c:5678 0 EOF"; device in hexadecimal (proc(5)). A
    // waiter's line has "->" after the number and does not match.
    int pid = 0;
    unsigned int major = 0;
    unsigned int minor = 0;
    unsigned long inode = 0;
    if (std::sscanf(line.c_str(), "%*d: FLOCK %*s WRITE %d %x:%x:%lu", &pid, &major, &minor,
                    &inode) == 4 &&
        major == ::major(info.st_dev) && minor == ::minor(info.st_dev) && inode == info.st_ino) {
      return pid;
    }
  }
  return std::nullopt;
}

}  // namespace isat
