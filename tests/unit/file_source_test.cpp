// SPDX-License-Identifier: Apache-2.0
// Assignments from the file: the whole view first, then only what changed.
#include "control/file_source.h"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <optional>
#include <string>

namespace isat {
namespace {

Assignment assignment(const std::string& owner, const std::string& address,
                      std::vector<std::string> interfaces = {}) {
  return {{owner, *Address::parse(address)}, any_node(std::move(interfaces))};
}

Configuration with(std::vector<Assignment> addresses) {
  Configuration configuration;
  configuration.addresses = std::move(addresses);
  return configuration;
}

class FileSourceTest : public testing::Test {
 protected:
  AssignmentSource::Listener listener() {
    return {[this](const AssignmentChange& change) { changes_.push_back(change); },
            [this](bool, const std::string&) { ++out_of_touch_; }};
  }
  void run() {
    loop_.restart();
    loop_.poll();
  }

  asio::io_context loop_;
  std::vector<AssignmentChange> changes_;
  int out_of_touch_ = 0;
  const Assignment one_ = assignment("f:1", "192.0.2.1");
  const Assignment two_ = assignment("f:2", "192.0.2.2");
};

TEST_F(FileSourceTest, TellsTheWholeViewFromTheLoop) {
  FileSource source(loop_, with({two_, one_}));
  source.start(listener());
  EXPECT_TRUE(changes_.empty());
  run();
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].added, (std::vector{one_, two_}));
  EXPECT_TRUE(changes_[0].removed.empty());
  EXPECT_EQ(out_of_touch_, 0);
}

TEST_F(FileSourceTest, TellsAnEmptyViewToo) {
  FileSource source(loop_, with({}));
  source.start(listener());
  run();
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_TRUE(changes_[0].empty());
}

TEST_F(FileSourceTest, TellsOnlyTheDifference) {
  FileSource source(loop_, with({one_, two_}));
  source.start(listener());
  run();
  const auto three = assignment("f:3", "2001:db8::3");
  source.update(with({two_, three}));
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_EQ(changes_[1].added, std::vector{three});
  EXPECT_EQ(changes_[1].removed, std::vector{one_.key});
}

TEST_F(FileSourceTest, TellsNothingWhenNothingChanged) {
  FileSource source(loop_, with({one_, two_}));
  source.start(listener());
  run();
  auto same = with({two_, one_});
  same.mode = Mode::kObserve;
  source.update(same);
  EXPECT_EQ(changes_.size(), 1U);
}

TEST_F(FileSourceTest, OtherInterfacesReplaceTheAssignment) {
  FileSource source(loop_, with({one_}));
  source.start(listener());
  run();
  const auto elsewhere = assignment("f:1", "192.0.2.1", {"eth1"});
  source.update(with({elsewhere}));
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_EQ(changes_[1].added, std::vector{elsewhere});
  EXPECT_TRUE(changes_[1].removed.empty());
}

TEST_F(FileSourceTest, AnUpdateBeforeTheFirstViewIsPartOfIt) {
  FileSource source(loop_, with({one_}));
  source.start(listener());
  source.update(with({two_}));
  EXPECT_TRUE(changes_.empty());
  run();
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_EQ(changes_[0].added, std::vector{two_});
}

TEST_F(FileSourceTest, IsSilentOnceStopped) {
  FileSource source(loop_, with({one_}));
  source.start(listener());
  source.stop();
  run();
  source.update(with({two_}));
  EXPECT_TRUE(changes_.empty());
}

TEST_F(FileSourceTest, TellsTheWholeViewAgainWhenStartedAgain) {
  FileSource source(loop_, with({one_}));
  source.start(listener());
  run();
  source.stop();
  source.start(listener());
  run();
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_EQ(changes_[1].added, std::vector{one_});
}

TEST_F(FileSourceTest, MayGoWhileTheFirstViewIsQueued) {
  {
    FileSource source(loop_, with({one_}));
    source.start(listener());
  }
  run();
  EXPECT_TRUE(changes_.empty());
}

}  // namespace
}  // namespace isat
