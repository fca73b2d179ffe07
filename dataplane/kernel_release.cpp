// SPDX-License-Identifier: Apache-2.0
// uname(2), and the two numbers its release begins with.
#include "dataplane/kernel_release.h"

#include <sys/utsname.h>

#include <cstdlib>
#include <utility>

namespace isat {

std::string kernel_release() {
  utsname kernel{};
  ::uname(&kernel);
  return kernel.release;
}

bool kernel_is_at_least(int major, int minor) {
  const auto release = kernel_release();
  char* rest = nullptr;
  const long its_major = std::strtol(release.c_str(), &rest, 10);
  const long its_minor = *rest == '.' ? std::strtol(rest + 1, nullptr, 10) : 0;
  return std::pair(its_major, its_minor) >= std::pair<long, long>(major, minor);
}

}  // namespace isat
