// SPDX-License-Identifier: Apache-2.0
// A program's time for one frame, by BPF_PROG_TEST_RUN with the question put back before each run.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/question.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/responder_object.h"
#include "dataplane/result.h"

struct restore;
struct floors;

namespace isat::bench {

class RestoredRun {
 public:
  [[nodiscard]] static Result<RestoredRun> open(Hook hook);

  // Nanoseconds a frame that `program` takes beyond a program that passes everything, over
  // `frames` of them; what putting the question back costs is in both and cancels out.
  [[nodiscard]] Result<double> over_pass(int program, const question& asked, std::uint32_t frames);

  // The floors, to be measured like any other. XDP only.
  [[nodiscard]] int pass() const;
  [[nodiscard]] int swap() const;

 private:
  struct Closer {
    void operator()(restore* object) const;
    void operator()(floors* object) const;
  };
  // Nanoseconds a frame, restoring and all.
  [[nodiscard]] Result<double> time(int program, std::uint32_t frames);

  Hook hook_ = Hook::kXdp;
  std::unique_ptr<restore, Closer> restore_;
  std::unique_ptr<floors, Closer> floor_;
};

}  // namespace isat::bench
