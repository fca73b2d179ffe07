// SPDX-License-Identifier: Apache-2.0
// What a speaker says of itself, read back.
#include "control/speaker_account.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(SpeakerAccount, IsReadBackAndDamageIsAbsence) {
  const auto account = parse_speaker_account(R"({"node": "n", "failures": {"map": "full", "x": 1},
      "addresses": [{"address": "192.0.2.1", "holder": null},
                    {"address": "192.0.2.2", "holder": "b"}, {"holder": "c"}, 7]})");
  ASSERT_TRUE(account);
  EXPECT_THAT(account->failures, ElementsAre(Pair("map", "full")));
  EXPECT_THAT(account->holders, ElementsAre(Pair("192.0.2.1", ""), Pair("192.0.2.2", "b")));
  for (const auto* text : {"", "[]", "{}", R"({"node": 3})"}) {
    EXPECT_FALSE(parse_speaker_account(text));
  }
  EXPECT_TRUE(parse_speaker_account(R"({"node": "n", "failures": 3, "addresses": {}})"));
}

}  // namespace
}  // namespace isat
