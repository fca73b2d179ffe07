// SPDX-License-Identifier: Apache-2.0
// A speaker on its bench, with the few words its tests share.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/speaker_fixture.h"

namespace isat {

inline const Address kTen = *Address::parse("192.0.2.10");
inline const Address kSix = *Address::parse("2001:db8::10");

inline Assignment owned(const Address& address, std::vector<std::string> interfaces = {},
                        const std::string& owner = "default/web") {
  return {{owner, address}, any_node(std::move(interfaces))};
}

class SpeakerTest : public ::testing::Test, protected SpeakerBench {
 protected:
  void start_with(const std::vector<Assignment>& assignments) {
    start();
    source.listener.changed({assignments, {}});
  }
  auto told(const Address& address) const {
    return std::count_if(sender.sent.begin(), sender.sent.end(),
                         [&](const Announcement& sent) { return sent.key.address == address; });
  }
  int departures = 0;
  std::vector<std::string> take_calls() { return std::exchange(plane.calls, {}); }
};

}  // namespace isat
