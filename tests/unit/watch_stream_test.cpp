// SPDX-License-Identifier: Apache-2.0
// A watch's bytes, cut anywhere, and bytes that are none.
#include "control/watch_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WatchStreamTest : public testing::Test {
 protected:
  Result<void> feed(std::string_view piece) {
    return stream_.feed(piece, [this](const WatchEvent& event) {
      seen_.push_back(event.object.at("n").get<int>());
      return seen_.back() != stop_at_;
    });
  }
  std::string error(std::string_view piece) {
    stream_ = WatchStream(64);
    const auto fed = feed(piece);
    return fed ? "no error" : fed.error().message;
  }

  WatchStream stream_{64};
  std::vector<int> seen_;
  int stop_at_ = -1;
};

TEST_F(WatchStreamTest, FindsEventsWhereverThePiecesEnd) {
  const std::string text =
      "{\"type\":\"ADDED\",\"object\":{\"n\":1}}\n\n{\"type\":\"BOOKMARK\",\"object\":{\"n\":2}}\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    seen_.clear();
    ASSERT_TRUE(feed(text.substr(0, cut)));
    ASSERT_TRUE(feed(text.substr(cut)));
    ASSERT_THAT(seen_, ElementsAre(1, 2)) << "cut at " << cut;
    ASSERT_FALSE(stream_.in_event());
  }
  ASSERT_TRUE(feed("{"));
  EXPECT_TRUE(stream_.in_event());
}

TEST_F(WatchStreamTest, StopsWhenToldTo) {
  stop_at_ = 1;
  ASSERT_TRUE(feed(
      "{\"type\":\"ADDED\",\"object\":{\"n\":1}}\n{\"type\":\"ADDED\",\"object\":{\"n\":2}}\n"));
  EXPECT_THAT(seen_, ElementsAre(1));
}

TEST_F(WatchStreamTest, SaysWhatIsWrong) {
  EXPECT_THAT(error("garbage\n"), HasSubstr("not JSON"));
  EXPECT_THAT(error("7\n"), HasSubstr("unknown type ''"));
  EXPECT_THAT(error("{\"type\":\"MELTED\",\"object\":{}}\n"), HasSubstr("unknown type 'MELTED'"));
  EXPECT_THAT(error("{\"type\":\"ADDED\"}\n"), HasSubstr("without an object"));
  EXPECT_EQ(error(std::string(64, ' ')), "no error");
  EXPECT_THAT(error(std::string(65, ' ')), HasSubstr("longer than 64 bytes"));
}

}  // namespace
}  // namespace isat
