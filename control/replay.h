// SPDX-License-Identifier: Apache-2.0
// `isat replay`: what the responder would do with captured frames, told by the real program.
#pragma once

#include <cstdint>
#include <string>

#include "control/environment.h"
#include "dataplane/test_run.h"

namespace isat {

struct ReplayOptions {
  std::string configuration;
  std::string input;   // pcap
  std::string output;  // pcap; replaced
  MacAddress mac;      // of the interface, as which the responder answers
  bool json = false;
};

// Loads its own copy of the responder; live pins and interfaces are not touched. Every address of
// the configuration file counts as announced on the interface the frames came in on.
[[nodiscard]] int replay(const Environment& environment, const ReplayOptions& options);

// One frame on one line. `number` counts from 1.
[[nodiscard]] std::string verdict_text(std::uint64_t number, const TestRun::Verdict& verdict);
[[nodiscard]] std::string verdict_json(std::uint64_t number, const TestRun::Verdict& verdict);

}  // namespace isat
