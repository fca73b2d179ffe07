// SPDX-License-Identifier: Apache-2.0
// Writes each row of the table as a fuzzer's input into the directory named.
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/fuzz/trial.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: write_seeds DIRECTORY\n", stderr);
    return 2;
  }
  std::size_t number = 0;
  for (const auto& row : isat::frames::solicitations()) {
    const auto input = isat::fuzz::encode({row.frame, row.setting});
    const auto path = std::string(arguments[1]) + "/" + std::to_string(number++);
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
    if (!file.flush()) {
      std::perror(path.c_str());
      return 1;
    }
  }
  return 0;
}
