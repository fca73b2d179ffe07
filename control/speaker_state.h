// SPDX-License-Identifier: Apache-2.0
// What the speaker says about itself, for /readyz, status and metrics.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "dataplane/address.h"
#include "dataplane/data_plane.h"

namespace isat {

// What fails when the latest gratuitous frame about an address could not be sent.
[[nodiscard]] inline std::string telling_of(const Address& address, const std::string& interface) {
  return "telling of " + address.to_string() + " on " + interface;
}

struct SpeakerState {
  // The source's first view is in the map as far as it goes, and every interface has been judged.
  // Failing entries do not make a speaker unready: taking it out of service would mend none of
  // them.
  bool ready = false;
  bool in_touch = false;  // with the source
  std::string cause;      // why not; empty when in touch
  BootTime deadline{0};   // zero = for ever

  std::size_t assignments = 0;
  std::size_t announcements = 0;          // in the map, as far as known
  std::size_t announcement_failures = 0;  // announcements that are not as they should be

  // Object → cause, one line each: "192.0.2.7 on eth0", telling_of(…), "interface eth0",
  // "configuration", "deadline".
  std::map<std::string, std::string> failures;
  // Fields of the configuration file that were changed and are not in force.
  std::vector<std::string> needs_restart;
};

}  // namespace isat
