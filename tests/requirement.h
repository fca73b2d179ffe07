// SPDX-License-Identifier: Apache-2.0
// What a test needs of its machine: a visible skip where a user lacks it, a failure in CI.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace isat {

// A skipped test proves nothing; the machine that gates changes must run them all.
inline bool skipping_is_failure() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

}  // namespace isat

// In a test or a fixture's SetUp(): leaves it when the condition does not hold. `reason` says what
// is missing, and how to get it.
#define ISAT_REQUIRE(condition, reason)                            \
  do {                                                             \
    if (!(condition)) {                                            \
      if (::isat::skipping_is_failure())                           \
        FAIL() << "CI=true, and this test cannot run: " << reason; \
      GTEST_SKIP() << "isat-skip: " << reason;                     \
    }                                                              \
  } while (false)
