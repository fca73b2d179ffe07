// SPDX-License-Identifier: Apache-2.0
// Which of the candidates holds an address.
#include "control/election.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <utility>

namespace isat {
namespace {

// Ascending: what comes first wins. The name decides between equal digests, which no two names
// have.
using Place = std::tuple<bool, int, Sha256::Digest, std::string>;

std::string dotted(std::span<const std::uint8_t> bytes) {
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

}  // namespace

std::string election_text(const Address& address) {
  const auto bytes = address.bytes();
  if (address.is_v4()) return dotted(bytes);
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) return dotted(bytes.subspan(12));
  auto text = address.to_string();
  if (text.find('.') == std::string::npos) return text;
  // IPv4-compatible, "::a.b.c.d" to inet_ntop: two groups, of which the first is not zero.
  return fmt::format("::{:x}:{:x}", bytes[12] << 8 | bytes[13], bytes[14] << 8 | bytes[15]);
}

std::vector<Candidate> in_order(std::string_view key, std::vector<Candidate> candidates) {
  Sha256 sha256;
  std::vector<std::pair<Place, Candidate>> placed;
  placed.reserve(candidates.size());
  for (auto& candidate : candidates) {
    Place at{!candidate.sticks, -candidate.score,
             sha256.of(candidate.node + "#" + std::string(key)), candidate.node};
    placed.emplace_back(std::move(at), std::move(candidate));
  }
  std::sort(placed.begin(), placed.end(),
            [](const auto& left, const auto& right) { return left.first < right.first; });
  candidates.clear();
  for (auto& [at, candidate] : placed) candidates.push_back(std::move(candidate));
  return candidates;
}

std::optional<std::string> holder(std::string_view key, const std::vector<Candidate>& candidates) {
  Sha256 sha256;
  Election election(sha256, key);
  for (const auto& candidate : candidates) {
    election.stand(candidate.node, candidate.score, candidate.sticks);
  }
  if (!election.holder()) return std::nullopt;
  return std::string(*election.holder());
}

Sha256::Digest Election::rank(std::string_view node) {
  text_.assign(node).append("#").append(key_);
  return sha256_.of(text_);
}

bool Election::stand(std::string_view node, int score, bool sticks) {
  const std::pair standing{sticks, score};
  if (first_ && standing < standing_) return false;
  std::optional<Sha256::Digest> its;
  if (first_ && standing == standing_) {
    if (!rank_) rank_ = rank(*first_);
    its = rank(node);
    if (std::tie(*rank_, *first_) < std::tie(*its, node)) return false;
  }
  first_ = node;
  standing_ = standing;
  rank_ = its;
  return true;
}

}  // namespace isat
