// SPDX-License-Identifier: Apache-2.0
// The watched configuration file: edits in place, by renaming, through links; refusals; a lost
// folder.
#include "control/configuration_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tests/requirement.h"

namespace isat {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::HasSubstr;

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string capacity(int number) {
  return "capacity: " + std::to_string(number) + "\n";
}

class ConfigurationFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "isat.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    folder_ = root_ / "etc";
    fs::create_directory(folder_);
    path_ = folder_ / "isat.yaml";
  }
  void TearDown() override {
    if (file_) file_->stop();
    fs::remove_all(root_);
  }

  ConfigurationFile::Listener listener() {
    return {[this](const Configuration& configuration) {
              told_.push_back("accepted " + std::to_string(configuration.capacity));
            },
            [this](const Error& error) { told_.push_back("refused " + error.message); }};
  }
  void start() {
    auto opened = ConfigurationFile::open(loop_, path_);
    ASSERT_TRUE(opened) << opened.error().message;
    file_ = std::move(*opened);
    file_->start(listener());
    EXPECT_TRUE(told_.empty());
    run(300ms);  // the watch is set, and the file read once more
    EXPECT_TRUE(told_.empty());
  }
  void run(std::chrono::milliseconds time) {
    loop_.restart();
    loop_.run_for(time);
  }
  // What is told within the time; waits no longer than for the first.
  std::string next(std::chrono::milliseconds time = 3s) {
    const auto end = std::chrono::steady_clock::now() + time;
    const auto before = told_.size();
    while (told_.size() == before && std::chrono::steady_clock::now() < end) run(10ms);
    return told_.size() == before ? "nothing" : told_.back();
  }

  asio::io_context loop_;
  fs::path root_;
  fs::path folder_;
  fs::path path_;
  std::unique_ptr<ConfigurationFile> file_;
  std::vector<std::string> told_;
};

TEST_F(ConfigurationFileTest, DoesNotOpenWithoutAValidFile) {
  EXPECT_THAT(ConfigurationFile::open(loop_, path_).error().message, HasSubstr("cannot read"));
  write(path_, "capacity: 0");
  EXPECT_THAT(ConfigurationFile::open(loop_, path_).error().message, HasSubstr(":1: capacity: "));
}

TEST_F(ConfigurationFileTest, TellsAnEditInPlace) {
  write(path_, capacity(1));
  start();
  write(path_, capacity(2));
  EXPECT_EQ(next(), "accepted 2");
  EXPECT_EQ(file_->configuration().capacity, 2U);
}

TEST_F(ConfigurationFileTest, TellsAFileRenamedOverIt) {
  write(path_, capacity(1));
  start();
  write(folder_ / "new", capacity(3));
  fs::rename(folder_ / "new", path_);
  EXPECT_EQ(next(), "accepted 3");
}

TEST_F(ConfigurationFileTest, TellsAnEditMadeBeforeTheWatch) {
  write(path_, capacity(1));
  file_ = std::move(*ConfigurationFile::open(loop_, path_));
  write(path_, capacity(2));
  file_->start(listener());
  EXPECT_EQ(next(), "accepted 2");
}

// As the kubelet does it: a new folder, and `..data` renamed over in one step.
TEST_F(ConfigurationFileTest, TellsAConfigMapsNewVersion) {
  const auto version = [&](const std::string& name, int number) {
    fs::create_directory(folder_ / name);
    write(folder_ / name / "isat.yaml", capacity(number));
    fs::create_directory_symlink(name, folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
  };
  version("..1", 1);
  fs::create_symlink("..data/isat.yaml", path_);
  start();
  version("..2", 2);
  fs::remove_all(folder_ / "..1");
  EXPECT_EQ(next(), "accepted 2");
  version("..3", 3);
  fs::remove_all(folder_ / "..2");
  EXPECT_EQ(next(), "accepted 3");
}

TEST_F(ConfigurationFileTest, TellsNothingForTheSameContent) {
  write(path_, capacity(1));
  start();
  write(path_, capacity(1));
  EXPECT_EQ(next(500ms), "nothing");
  write(path_, "# a comment\n" + capacity(1));
  EXPECT_EQ(next(500ms), "nothing");
}

TEST_F(ConfigurationFileTest, TellsManyEditsOnce) {
  write(path_, capacity(1));
  start();
  for (int number = 2; number < 50; ++number) write(path_, capacity(number));
  EXPECT_EQ(next(), "accepted 49");
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(ConfigurationFileTest, DoesNotWaitForTheEditsToEnd) {
  write(path_, capacity(1));
  start();
  for (int i = 0; i < 12 && told_.empty(); ++i) {
    write(path_, capacity(2));
    run(50ms);
  }
  EXPECT_EQ(told_, std::vector<std::string>{"accepted 2"});
}

TEST_F(ConfigurationFileTest, DoesNotReadAFileHalfWritten) {
  write(path_, capacity(1));
  start();
  fs::remove(path_);
  EXPECT_THAT(next(), HasSubstr("No such file"));
  std::ofstream slow(path_);
  slow << "capacity: 2" << std::flush;
  EXPECT_EQ(next(500ms), "nothing");
  slow << "3\n";
  slow.close();
  EXPECT_EQ(next(), "accepted 23");
}

TEST_F(ConfigurationFileTest, KeepsTheLastValidOneWhenAnEditIsRefused) {
  write(path_, capacity(1));
  start();
  write(path_, "capacity: none\n");
  EXPECT_EQ(next(), "refused " + path_.string() +
                        ":1: capacity: 'none' is no number in range; write 1 to 4194304");
  EXPECT_EQ(file_->configuration().capacity, 1U);
  write(path_, "capacity: none\n");
  EXPECT_EQ(next(500ms), "nothing");  // told already
  write(path_, capacity(1));
  EXPECT_EQ(next(), "accepted 1");  // the refusal is over, though nothing else changed
}

TEST_F(ConfigurationFileTest, ADeletedFileIsARefusedEdit) {
  write(path_, capacity(1));
  start();
  fs::remove(path_);
  EXPECT_EQ(next(), "refused " + path_.string() + ": cannot read: No such file or directory");
  EXPECT_EQ(file_->configuration().capacity, 1U);
  write(path_, capacity(2));
  EXPECT_EQ(next(), "accepted 2");
}

TEST_F(ConfigurationFileTest, FollowsAFolderThatGoesAndComesBack) {
  write(path_, capacity(1));
  start();
  fs::rename(folder_, root_ / "away");
  EXPECT_THAT(next(), HasSubstr("refused"));
  write(root_ / "away" / "isat.yaml", capacity(9));  // no longer ours
  EXPECT_EQ(next(1500ms), "nothing");
  fs::create_directory(folder_);
  write(path_, capacity(2));
  EXPECT_EQ(next(), "accepted 2");
  write(path_, capacity(3));
  EXPECT_EQ(next(), "accepted 3");
}

TEST_F(ConfigurationFileTest, FollowsAFolderReplacedInOneStep) {
  write(path_, capacity(1));
  start();
  fs::create_directory(root_ / "next");
  write(root_ / "next" / "isat.yaml", capacity(2));
  fs::remove_all(folder_);
  fs::rename(root_ / "next", folder_);
  EXPECT_EQ(next(), "accepted 2");
}

TEST_F(ConfigurationFileTest, WaitsForAFolderWithoutSpinning) {
  write(path_, capacity(1));
  start();
  fs::remove_all(folder_);
  EXPECT_THAT(next(), HasSubstr("refused"));
  loop_.restart();
  EXPECT_LE(loop_.run_for(2500ms), 4U);  // handlers: one attempt a second
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(ConfigurationFileTest, ReloadTellsAtOnceAndSeesBehindForeignLinks) {
  write(root_ / "elsewhere.yaml", capacity(1));
  fs::create_symlink("../elsewhere.yaml", path_);
  start();
  write(root_ / "elsewhere.yaml", capacity(2));
  EXPECT_EQ(next(300ms), "nothing");
  file_->reload();
  EXPECT_EQ(told_, std::vector<std::string>{"accepted 2"});
}

TEST_F(ConfigurationFileTest, ReloadRepeatsARefusal) {
  write(path_, capacity(1));
  start();
  write(path_, "capacity: none\n");
  EXPECT_THAT(next(), HasSubstr("refused"));
  file_->reload();
  EXPECT_EQ(told_.size(), 2U);
  write(path_, capacity(1));
  file_->reload();
  EXPECT_EQ(told_.back(), "accepted 1");
}

TEST_F(ConfigurationFileTest, ReloadFollowsAFolderBehindALink) {
  fs::create_directory(root_ / "one");
  fs::create_directory(root_ / "two");
  write(root_ / "one" / "isat.yaml", capacity(1));
  write(root_ / "two" / "isat.yaml", capacity(2));
  fs::remove(folder_);
  fs::create_directory_symlink("one", folder_);
  start();
  fs::remove(folder_);
  fs::create_directory_symlink("two", folder_);
  file_->reload();
  EXPECT_EQ(told_.back(), "accepted 2");
  run(300ms);
  write(root_ / "two" / "isat.yaml", capacity(3));
  EXPECT_EQ(next(), "accepted 3");
}

TEST_F(ConfigurationFileTest, IsSilentOnceStopped) {
  write(path_, capacity(1));
  start();
  write(path_, capacity(2));
  run(20ms);
  file_->stop();
  EXPECT_EQ(next(300ms), "nothing");
}

TEST_F(ConfigurationFileTest, IsSilentOnceStoppedWithACallQueued) {
  write(path_, capacity(1));
  start();
  write(path_, capacity(2));
  run(20ms);
  std::this_thread::sleep_for(150ms);  // the timer is due, and comes behind what is posted
  asio::post(loop_, [this] { file_.reset(); });
  EXPECT_EQ(next(300ms), "nothing");
}

TEST_F(ConfigurationFileTest, TellsWhatItMissedWhenStartedAgain) {
  write(path_, capacity(1));
  start();
  write(path_, capacity(2));
  run(20ms);  // settling
  file_->stop();
  file_->start(listener());
  EXPECT_EQ(next(), "accepted 2");
}

TEST_F(ConfigurationFileTest, MayGoWhileAnEditSettles) {
  write(path_, capacity(1));
  start();
  write(path_, capacity(2));
  run(20ms);
  file_.reset();
  EXPECT_EQ(next(300ms), "nothing");
}

TEST_F(ConfigurationFileTest, SaysWhenItCannotBeWatched) {
  ISAT_REQUIRE(::geteuid() == 0, "needs root, to become somebody else");
  write(path_, capacity(1));
  file_ = std::move(*ConfigurationFile::open(loop_, path_));
  // Others may read a file in there, but not the folder.
  ASSERT_EQ(::chmod(root_.c_str(), 0711), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0711), 0);
  ASSERT_EQ(::seteuid(65'534), 0);
  file_->start(listener());
  const auto refused = next();
  const auto repeated = next(1500ms);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(refused, "refused watch " + folder_.string() + ": Permission denied");
  EXPECT_EQ(repeated, "nothing");   // though it was tried again
  EXPECT_EQ(next(), "accepted 1");  // it is watched now
}

}  // namespace
}  // namespace isat
