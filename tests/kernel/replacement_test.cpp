// SPDX-License-Identifier: Apache-2.0
// Maps take the place of others while those answer; whatever is cut short, something answers.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "dataplane/xdp_data_plane.h"
#include "tests/kernel/kernel_test.h"
#include "tests/kernel/lab.h"

namespace isat {
namespace {

class ReplacementTest : public test::KernelTest {
 protected:
  void SetUp() override {
    ISAT_REQUIRE(::geteuid() == 0, "a network namespace needs root");
    lab_.emplace();
    KernelTest::SetUp();
    serve(open(64));
  }
  std::unique_ptr<XdpDataPlane> open(std::uint32_t capacity) {
    auto plane = XdpDataPlane::open({lab_->pin(), capacity, {}});
    EXPECT_TRUE(plane) << plane.error().message;
    return plane ? std::move(*plane) : nullptr;
  }
  // As a speaker does: attach, announce what its source says, and only then commit.
  void serve(const std::unique_ptr<XdpDataPlane>& plane) {
    ASSERT_TRUE(plane);
    ASSERT_TRUE(plane->attach(lab_->near(), AttachMode::kAuto));
    EXPECT_TRUE(first_ || lab_->answers(frames::arp())) << "from the maps there were before";
    first_ = false;
    ASSERT_TRUE(plane->announce({{frames::kTarget4, lab_->near().index}, lab_->near().mac}));
    const auto committed = plane->commit();
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_TRUE(lab_->answers(frames::arp())) << "from its own";
    EXPECT_FALSE(pinned("next"));
  }
  std::string pin(const std::string& name) { return lab_->pin() + "/" + name; }
  bool pinned(const std::string& name) { return std::filesystem::exists(pin(name)); }

  std::optional<test::Lab> lab_;
  bool first_ = true;
};

// As from a build that knew one map less.
TEST_F(ReplacementTest, AnIncompleteSetAnswersUntilTheCommit) {
  std::filesystem::remove(pin("event_limits"));
  const auto plane = open(64);
  EXPECT_TRUE(pinned("next"));
  serve(plane);
}

TEST_F(ReplacementTest, WhatAnotherBuildLeftUnderNextIsInNobodysWay) {
  std::filesystem::create_directory(pin("next"));
  std::filesystem::rename(pin("scratches"), pin("next/unheard_of"));
  serve(open(64));
}

// As from a build that knew one map more, after whose end nobody else would know it.
TEST_F(ReplacementTest, WhatAnotherBuildKeptBesideGoesWithTheCommit) {
  std::filesystem::rename(pin("scratches"), pin("unheard_of"));
  std::filesystem::create_directory(pin("drained"));
  const auto plane = open(64);
  EXPECT_TRUE(pinned("unheard_of")) << "its programs answer yet";
  serve(plane);
  EXPECT_FALSE(pinned("unheard_of"));
  EXPECT_TRUE(pinned("drained")) << "no map";
}

TEST_F(ReplacementTest, NobodyAnswersSoNothingIsKept) {
  ASSERT_TRUE(open(64)->detach(lab_->near().index));
  EXPECT_FALSE(lab_->answers(frames::arp()));
  const auto plane = open(128);
  EXPECT_FALSE(pinned("next"));
  first_ = true;
  serve(plane);
}

// A mixture of two sets is neither's: whoever takes it for its own misreads the other half.
TEST_F(ReplacementTest, ACommitCutShortLeavesNoLayout) {
  auto plane = open(128);
  ASSERT_TRUE(plane->attach(lab_->near(), AttachMode::kAuto));
  ASSERT_TRUE(plane->announce({{frames::kTarget4, lab_->near().index}, lab_->near().mac}));
  std::filesystem::remove(pin("next/events"));  // so that moving the pins ends in their middle
  EXPECT_FALSE(plane->commit());
  plane.reset();
  for (const std::uint32_t capacity : {64U, 128U}) {
    plane = open(capacity);
    EXPECT_EQ(plane->announcements()->size(), 0U) << "a set of its own";
    EXPECT_TRUE(pinned("next")) << capacity;
    plane.reset();
    EXPECT_TRUE(lab_->answers(frames::arp()));
  }
  serve(open(64));
}

TEST_F(ReplacementTest, ACommitCutShortGoesOnFromThereOnceItCan) {
  const auto plane = open(128);
  ASSERT_TRUE(plane->attach(lab_->near(), AttachMode::kAuto));
  ASSERT_TRUE(plane->announce({{frames::kTarget4, lab_->near().index}, lab_->near().mac}));
  std::filesystem::remove(pin("events"));
  std::filesystem::create_directory(pin("events"));
  for (int again = 0; again < 2; ++again) {
    const auto committed = plane->commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().message, "move pin " + pin("next/events") + ": Is a directory");
    EXPECT_TRUE(lab_->answers(frames::arp())) << "from the new maps already";
  }
  std::filesystem::remove(pin("events"));
  first_ = true;
  serve(plane);
  EXPECT_TRUE(pinned("layout"));
}

}  // namespace
}  // namespace isat
