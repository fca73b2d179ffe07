// SPDX-License-Identifier: Apache-2.0
// Who may get at the pins.
#include "dataplane/pin_directory.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "dataplane/xdp_data_plane.h"
#include "tests/kernel/kernel_test.h"
#include "tests/kernel/lab.h"

namespace isat {
namespace {

namespace fs = std::filesystem;

class PinDirectoryTest : public test::KernelTest {
 protected:
  void SetUp() override {
    ISAT_REQUIRE(::geteuid() == 0, "a network namespace needs root");
    lab_.emplace();
    KernelTest::SetUp();
  }
  static mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }
  void make(mode_t mode) {
    ASSERT_EQ(::mkdir(pin().c_str(), 0700), 0);
    ASSERT_EQ(::chmod(pin().c_str(), mode), 0);
  }
  const std::string& pin() { return lab_->pin(); }

  std::optional<test::Lab> lab_;
};

TEST_F(PinDirectoryTest, OnlyItsOwnerGetsAtAnyPin) {
  const auto before = ::umask(0);  // the modes are ours, whatever the caller's umask
  auto plane = XdpDataPlane::open({pin(), 64, {}});
  ASSERT_TRUE(plane) << plane.error().message;
  ASSERT_TRUE((*plane)->attach(lab_->near(), AttachMode::kAuto));
  plane->reset();
  plane = XdpDataPlane::open({pin(), 128, {}});  // another layout: a directory in the directory
  ::umask(before);
  ASSERT_TRUE(plane) << plane.error().message;
  EXPECT_EQ(mode(pin()), 0700U);
  std::size_t pins = 0;
  std::size_t directories = 0;
  for (const auto& entry : fs::recursive_directory_iterator(pin())) {
    const bool directory = entry.is_directory();
    (directory ? directories : pins)++;
    EXPECT_EQ(mode(entry.path()), directory ? 0700U : 0600U) << entry.path();
  }
  EXPECT_GT(pins, 10U);
  EXPECT_EQ(directories, 1U);
}

TEST_F(PinDirectoryTest, OneThatOthersMayWriteIsRefused) {
  for (const mode_t loose : {0777U, 01777U, 0770U, 0702U}) {
    make(loose);
    const auto refused = PinDirectory::lock(pin());
    ASSERT_FALSE(refused) << std::oct << loose;
    EXPECT_EQ(refused.error().code, EPERM);
    EXPECT_EQ(refused.error().message,
              "pin in " + pin() +
                  ": others may write there, so what is in it need not be ours; remove it, or "
                  "choose another `pin`");
    EXPECT_EQ(mode(pin()), loose) << "and nothing is changed";
    ASSERT_EQ(::rmdir(pin().c_str()), 0);
  }
}

TEST_F(PinDirectoryTest, OneThatOthersMayReadIsTightened) {
  for (const mode_t loose : {0755U, 0750U, 0701U}) {
    make(loose);
    ASSERT_TRUE(PinDirectory::lock(pin())) << std::oct << loose;
    EXPECT_EQ(mode(pin()), 0700U) << std::oct << loose;
    ASSERT_EQ(::rmdir(pin().c_str()), 0);
  }
}

}  // namespace
}  // namespace isat
