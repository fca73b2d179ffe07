// SPDX-License-Identifier: Apache-2.0
// Cuts the answer to a Kubernetes watch into events, however the network cut it into pieces.
#include "control/watch_stream.h"

#include <optional>
#include <utility>

#include "control/json_field.h"

namespace isat {

namespace {

std::optional<WatchEvent::Type> type_of(const std::string& name) {
  using Type = WatchEvent::Type;
  if (name == "ADDED") return Type::kAdded;
  if (name == "MODIFIED") return Type::kModified;
  if (name == "DELETED") return Type::kDeleted;
  if (name == "BOOKMARK") return Type::kBookmark;
  if (name == "ERROR") return Type::kError;
  return std::nullopt;
}

Result<WatchEvent> parse_event(const std::string& line) {
  auto document = nlohmann::json::parse(line, nullptr, false);
  if (document.is_discarded()) return fail("an event that is not JSON");
  const auto name = text_field(document, {"type"});
  const auto type = type_of(name);
  // Skipping what is not understood could skip a deletion for ever.
  if (!type) return fail("an event of unknown type '" + name.substr(0, 32) + "'");
  if (json_field(document, {"object"}) == nullptr) return fail("an event without an object");
  return WatchEvent{*type, std::move(document["object"])};
}

}  // namespace

Result<void> WatchStream::feed(std::string_view piece,
                               const std::function<bool(const WatchEvent&)>& on_event) {
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const auto part = piece.substr(0, end);
    if (begun_.size() + part.size() > longest_event_) {
      return fail("an event longer than " + std::to_string(longest_event_) + " bytes");
    }
    begun_ += part;
    if (end == std::string_view::npos) return {};
    piece.remove_prefix(end + 1);
    const auto line = std::exchange(begun_, {});
    if (line.empty()) continue;
    const auto event = parse_event(line);
    if (!event) return tl::unexpected(event.error());
    if (!on_event(*event)) return {};
  }
  return {};
}

}  // namespace isat
