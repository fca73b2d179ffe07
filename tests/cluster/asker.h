// SPDX-License-Identifier: Apache-2.0
// Asks for each of many addresses many times a second and logs who answered which question.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/cluster/question.h"
#include "tests/cluster/record.h"
#include "tests/cluster/wire.h"

namespace isat {

class Asker {
 public:
  struct Counts {
    std::uint32_t asked = 0;
    std::uint64_t answers = 0;
    std::chrono::nanoseconds longest_pause{};  // between two questions: nothing shorter is seen
  };

  // Questions go round the targets, `rate` a second for each.
  [[nodiscard]] static Result<Asker> open(const std::string& interface,
                                          std::vector<Address> targets, std::uint32_t rate,
                                          const std::string& log);

  // Asks what is due and takes what came.
  [[nodiscard]] Result<void> turn(std::chrono::nanoseconds now);
  // Takes what came.
  [[nodiscard]] Result<void> collect(std::chrono::nanoseconds now);
  // Writes the log out. Fails when a frame was lost between wire and log: then the log proves
  // nothing.
  [[nodiscard]] Result<Counts> finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using Log = std::unique_ptr<std::FILE, Close>;

  Asker(Wire wire, std::vector<Address> targets, std::chrono::nanoseconds period, Log log);

  void write(std::chrono::nanoseconds now, RecordKind kind, std::uint32_t number,
             std::uint16_t target, const MacAddress& mac);

  Wire wire_;
  std::vector<Address> targets_;
  std::unordered_map<Address, std::uint16_t> positions_;
  std::chrono::nanoseconds period_;  // between two questions
  std::chrono::nanoseconds due_{};
  std::chrono::nanoseconds last_{};
  Log log_;
  Counts counts_;
};

}  // namespace isat
