// SPDX-License-Identifier: Apache-2.0
// The program `isat`; what it does begins in run(), which tests call as well.
#include "control/command_line.h"

int main(int argc, char** argv) {
  return isat::run(isat::process_environment(), {argv + 1, argv + argc});
}
