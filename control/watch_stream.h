// SPDX-License-Identifier: Apache-2.0
// Cuts the answer to a Kubernetes watch into events, however the network cut it into pieces.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "dataplane/result.h"

namespace isat {

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError };

  Type type;
  nlohmann::json object;  // for kError a Status, for kBookmark only a resourceVersion
};

class WatchStream {
 public:
  // etcd holds objects of up to 1.5 MiB; an event may spell one out a little longer.
  static constexpr std::size_t kLongestEvent = std::size_t{4} << 20;

  explicit WatchStream(std::size_t longest_event = kLongestEvent) : longest_event_(longest_event) {}

  // Calls `on_event` for each event that is now complete, until it returns false: then the rest of
  // `piece` is dropped. An error says that the stream cannot be trusted any further.
  [[nodiscard]] Result<void> feed(std::string_view piece,
                                  const std::function<bool(const WatchEvent&)>& on_event);
  // An event has begun and not ended.
  [[nodiscard]] bool in_event() const { return !begun_.empty(); }

 private:
  std::size_t longest_event_;
  std::string begun_;  // never holds a line's end, so each byte is looked at once
};

}  // namespace isat
