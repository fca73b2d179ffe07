// SPDX-License-Identifier: Apache-2.0
// Which of the candidates holds an address: a pure function, so that nodes agree without messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/sha256.h"
#include "dataplane/address.h"

namespace isat {

// A node whose speaker is alive and may hold the address.
struct Candidate {
  std::string node;
  int score = 0;
  bool sticks = false;  // it holds the address already, and does not give it back

  bool operator==(const Candidate&) const = default;
};

// The text MetalLB hashes for an address: that of Go's net.IP.String(). It differs from inet_ntop's
// for addresses that embed an IPv4 one: a mapped one is printed as a dotted quad alone, no other
// with a dotted quad in it.
[[nodiscard]] std::string election_text(const Address& address);

// MetalLB's order (speaker/layer2_controller.go): score descending, then SHA-256 of "node#key"
// ascending; before either come those that stick to it, which is nobody unless asked for. Same
// candidates, same order, in whatever order they come; the first one holds the address.
[[nodiscard]] std::vector<Candidate> in_order(std::string_view key,
                                              std::vector<Candidate> candidates);
// The first of that order, without sorting; nothing when there is no candidate.
[[nodiscard]] std::optional<std::string> holder(std::string_view key,
                                                const std::vector<Candidate>& candidates);

// The same, candidate by candidate: thousands of addresses among hundreds of nodes, without a copy
// of any of them. What it is handed must outlive it.
class Election {
 public:
  Election(Sha256& sha256, std::string_view key) : sha256_(sha256), key_(key) {}

  // True when it comes before all who stood so far.
  bool stand(std::string_view node, int score, bool sticks = false);
  [[nodiscard]] std::optional<std::string_view> holder() const { return first_; }

 private:
  [[nodiscard]] Sha256::Digest rank(std::string_view node);

  Sha256& sha256_;
  std::string_view key_;
  std::string text_;
  std::optional<std::string_view> first_;
  std::pair<bool, int> standing_;       // whether it sticks, its score
  std::optional<Sha256::Digest> rank_;  // of the first, once it was needed
};

}  // namespace isat
