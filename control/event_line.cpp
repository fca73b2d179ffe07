// SPDX-License-Identifier: Apache-2.0
// One event of the responder's on one line.
#include "control/event_line.h"

#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

std::string sentence(const Event& seen) {
  const auto address = seen.address.to_string();
  const auto mac = seen.mac.to_string();
  switch (seen.kind) {
    case EVENT_CONFLICT:
      return address + " is also claimed by " + mac;
    case EVENT_CLAIM:
      return mac + " asked whether " + address + " is free, and was told that it is not";
    case EVENT_YIELD:
      return address + " was given up to " + mac + ", which announced it after the deadline";
    case EVENT_KIND_COUNT:
      break;
  }
  return address + " " + mac;  // another build's kind
}

}  // namespace

std::string event_text(const Event& seen, const std::string& interface, WallTime when) {
  return fmt::format("{} {} {}: {}", time_text(when), interface, event_name(seen.kind),
                     sentence(seen));
}

std::string event_json(const Event& seen, const std::string& interface, WallTime when) {
  const nlohmann::ordered_json object = {{"time", time_text(when)},
                                         {"kind", event_name(seen.kind)},
                                         {"interface", interface},
                                         {"ifindex", seen.interface},
                                         {"address", seen.address.to_string()},
                                         {"mac", seen.mac.to_string()}};
  return object.dump();
}

}  // namespace isat
