// SPDX-License-Identifier: Apache-2.0
// A network namespace of a test's own, and the commands that furnish it.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/requirement.h"

namespace isat {

// Runs a shell command in the calling thread's namespace; a failure fails the test.
inline void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// The same, for what it prints.
inline std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), count);
  }
  ::pclose(pipe);
  return output;
}

// Each test gets a fresh, empty namespace; the kernel removes it, interfaces and all, when the
// process ends or enters the next one. Nothing is left to clean up, whatever the test did.
class NetworkNamespaceTest : public testing::Test {
 protected:
  void SetUp() override {
    ISAT_REQUIRE(::geteuid() == 0, "a network namespace needs root");
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0) << std::strerror(errno);
  }
};

}  // namespace isat
