// SPDX-License-Identifier: Apache-2.0
// The responder's own copy in the kernel, fed frame by frame: nothing attached, nothing pinned.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bpf/abi.h"
#include "dataplane/announced_maps.h"
#include "dataplane/attachments.h"
#include "dataplane/file_descriptor.h"
#include "dataplane/responder_maps.h"

namespace isat {

class TestRun {
 public:
  struct Verdict {
    isat_family family = FAMILY_OTHER;
    isat_outcome outcome = OUTCOME_OTHER_TRAFFIC;
    std::optional<std::vector<std::uint8_t>> reply;  // absent = passed on
  };

  // Everything in `addresses` is announced, with `mac`, and vouched for without end. Needs CAP_BPF
  // and CAP_NET_ADMIN.
  [[nodiscard]] static Result<std::unique_ptr<TestRun>> open(const std::vector<Address>& addresses,
                                                             const MacAddress& mac,
                                                             ResponderPolicy policy);

  // Runs the XDP program over one frame, from the Ethernet header on.
  [[nodiscard]] Result<Verdict> feed(std::span<const std::uint8_t> frame);

 private:
  explicit TestRun(ResponderMaps maps) : maps_(std::move(maps)) {}
  [[nodiscard]] Result<std::vector<std::uint64_t>> read_counts() const;

  ResponderMaps maps_;
  FileDescriptor program_;
  std::vector<std::uint64_t> counts_;  // of slot 0, after the last frame
};

}  // namespace isat
