// SPDX-License-Identifier: Apache-2.0
// One frame through the kernel's program by BPF_PROG_TEST_RUN: the twin of respond_natively().
#pragma once

#include <cstdint>

#include "tests/kernel/loaded_responder.h"

namespace isat::test {

class KernelResponder {
 public:
  static constexpr InterfaceIndex kIndex =
      7;  // what frames come in on; no such interface need exist

  [[nodiscard]] static Result<KernelResponder> create(Hook hook, bool shown = false);

  // BPF_PROG_TEST_RUN takes no frame shorter than an Ethernet header; at tc no empty packet
  // (Linux 6.1) and no cut IP header (6.18) either, nor a VLAN tag in the metadata.
  [[nodiscard]] static bool takes(Hook hook, const frames::Frame& frame,
                                  const frames::Setting& setting);

  // An error also when the action is neither of the two this hook may return.
  [[nodiscard]] Result<frames::Verdict> respond(const frames::Frame& frame,
                                                const frames::Setting& setting);
  // The program alone, `times` over a frame it does not rewrite, with the setting that stands.
  [[nodiscard]] Result<void> repeat(const frames::Frame& frame, std::uint32_t times);

  [[nodiscard]] LoadedResponder& loaded() { return loaded_; }

 private:
  KernelResponder(Hook hook, LoadedResponder loaded) : hook_(hook), loaded_(std::move(loaded)) {}

  Hook hook_;
  LoadedResponder loaded_;
};

}  // namespace isat::test
