// SPDX-License-Identifier: Apache-2.0
// Which speakers are alive, and until when this one may answer on the strength of that.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "control/election.h"
#include "dataplane/data_plane.h"

namespace isat {

class Membership {
 public:
  virtual ~Membership() = default;

  // The name of the node this speaker runs on.
  [[nodiscard]] virtual const std::string& node() const = 0;
  // Every node whose speaker is alive, this one included when it may hold addresses.
  [[nodiscard]] virtual const std::vector<Candidate>& candidates() const = 0;
  // CLOCK_BOOTTIME; zero = for ever.
  [[nodiscard]] virtual BootTime deadline() const = 0;
};

// `membership: none`: this node alone. It is chosen, never inferred from the number of members, for
// it means a deadline that never comes.
class NoMembership final : public Membership {
 public:
  explicit NoMembership(std::string node) : candidates_{Candidate{std::move(node)}} {}

  [[nodiscard]] const std::string& node() const override { return candidates_.front().node; }
  [[nodiscard]] const std::vector<Candidate>& candidates() const override { return candidates_; }
  [[nodiscard]] BootTime deadline() const override { return BootTime{0}; }

 private:
  std::vector<Candidate> candidates_;
};

}  // namespace isat
