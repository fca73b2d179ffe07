// SPDX-License-Identifier: Apache-2.0
// The lines of `isat watch --frames`.
#include "control/frame_line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/frames/frame.h"

namespace isat {
namespace {

constexpr WallTime kWhen{std::chrono::milliseconds(1'769'860'800'007)};

FrameSample sample(isat_family family, isat_outcome outcome, const frames::Frame& frame) {
  return {0, 3, family, outcome, {frame, frame.size()}, std::nullopt};
}

std::string text(const FrameSample& sample) {
  return frame_text(sample, "eth0", kWhen).substr(sizeof "2026-01-31T12:00:00.007Z");
}

TEST(FrameText, AQuestionAndItsAnswer) {
  auto asked = sample(FAMILY_ARP, OUTCOME_ANSWERED, frames::arp());
  const auto reply = frames::arp_reply(frames::kClient, frames::kClient4, frames::kTarget4);
  asked.answer = SampledBytes{reply, reply.size()};
  EXPECT_EQ(frame_text(asked, "eth0", kWhen),
            "2026-01-31T12:00:00.007Z eth0 arp answered: " + frames::kClient.to_string() +
                " at 192.0.2.200 asks for 192.0.2.10; it is at " + frames::kOurs.to_string());
}

TEST(FrameText, WhatIsNotAnsweredSaysWhy) {
  EXPECT_EQ(
      text(sample(FAMILY_ARP, OUTCOME_NOT_ANNOUNCED, frames::arp({.target = frames::kStranger4}))),
      "eth0 arp not_announced: " + frames::kClient.to_string() + " at 192.0.2.200 asks for " +
          frames::kStranger4.to_string());
  EXPECT_EQ(text(sample(FAMILY_ARP, OUTCOME_CONFLICT,
                        frames::arp({.sender_mac = frames::kRival,
                                     .sender = frames::kTarget4,
                                     .target = frames::kTarget4}))),
            "eth0 arp conflict: " + frames::kRival.to_string() + " says it has 192.0.2.10");
}

TEST(FrameText, Neighbours) {
  EXPECT_EQ(
      text(sample(FAMILY_NDP, OUTCOME_SILENT, frames::nd())),
      "eth0 ndp silent: " + frames::kClient.to_string() + " at 2001:db8::c asks for 2001:db8::10");
  EXPECT_EQ(text(sample(FAMILY_NDP, OUTCOME_CONFLICT,
                        frames::nd({.source = frames::kRival,
                                    .type = 136,
                                    .from = frames::kTarget6,
                                    .to = frames::kAllNodes,
                                    .options = {}}))),
            "eth0 ndp conflict: " + frames::kRival.to_string() + " says it has 2001:db8::10");
}

TEST(FrameText, AFrameCutShortIsNotReadBeyondItsEnd) {
  const auto whole = frames::arp();
  for (std::size_t size = 0; size < 42; size++) {
    const frames::Frame cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(text(sample(FAMILY_ARP, OUTCOME_MALFORMED, cut)),
              "eth0 arp malformed: a frame of " + std::to_string(size) + " bytes");
  }
}

TEST(FrameJson, HasTheBytes) {
  auto asked = sample(FAMILY_ARP, OUTCOME_ANSWERED, frames::arp());
  const auto before = nlohmann::json::parse(frame_json(asked, "eth0", kWhen));
  EXPECT_FALSE(before.contains("answer"));
  EXPECT_EQ(before["frame"].get<std::string>().substr(0, 12), "ffffffffffff");
  EXPECT_EQ(before["outcome"], "answered");
  asked.answer = SampledBytes{{1, 2}, 2};
  const auto after = nlohmann::json::parse(frame_json(asked, "eth0", kWhen));
  EXPECT_EQ(after["answer"], "0102");
  EXPECT_EQ(after["answered_by"], "?");
}

}  // namespace
}  // namespace isat
