// SPDX-License-Identifier: Apache-2.0
// Which hook an interface gets, row by row.
#include "dataplane/attach_choice.h"

#include <gtest/gtest.h>

namespace isat {
namespace {

Interface made(const std::string& kind) {
  Interface interface;
  interface.index = 2;
  interface.name = "eth0";
  interface.kind = kind;
  return interface;
}

std::vector<AttachMode> modes(AttachMode asked, const Interface& interface, bool offload) {
  std::vector<AttachMode> found;
  const auto tries = choose_attachment(asked, interface, offload);
  if (!tries) return found;
  for (const auto& choice : *tries) found.push_back(choice.mode);
  return found;
}

const std::vector<AttachMode> kNativeThenTc = {AttachMode::kNative, AttachMode::kTc};
const std::vector<AttachMode> kTcAlone = {AttachMode::kTc};

TEST(AttachChoice, AutoTriesNativeFirstOnHardware) {
  EXPECT_EQ(modes(AttachMode::kAuto, made(""), false), kNativeThenTc);
  EXPECT_EQ(modes(AttachMode::kAuto, made(""), true), kNativeThenTc) << "no tags arrive here";
}

TEST(AttachChoice, AutoTakesTcWhereNativeIsAbsentOrDoesHarm) {
  for (const auto* kind : {"veth", "vlan", "bridge", "macvlan", "bond"}) {
    EXPECT_EQ(modes(AttachMode::kAuto, made(kind), false), kTcAlone) << kind;
    EXPECT_NE(choose_attachment(AttachMode::kAuto, made(kind), false)->front().reason.find(kind),
              std::string::npos);
  }
}

TEST(AttachChoice, HiddenTagsMeanTc) {
  auto trunk = made("");
  trunk.carries_vlans = true;
  auto promiscuous = made("");
  promiscuous.promiscuous = true;
  for (const auto& interface : {trunk, promiscuous}) {
    EXPECT_EQ(modes(AttachMode::kAuto, interface, true), kTcAlone);
    EXPECT_EQ(modes(AttachMode::kAuto, interface, false), kNativeThenTc) << "tags stay in sight";
  }
}

TEST(AttachChoice, AnExplicitModeIsTriedAlone) {
  for (const auto mode : {AttachMode::kNative, AttachMode::kGeneric, AttachMode::kTc}) {
    EXPECT_EQ(modes(mode, made("veth"), true), std::vector<AttachMode>{mode});
  }
}

TEST(AttachChoice, AnExplicitModeThatWouldMissTagsIsRefusedWithTheMend) {
  auto trunk = made("");
  trunk.carries_vlans = true;
  for (const auto mode : {AttachMode::kNative, AttachMode::kGeneric}) {
    const auto refused = choose_attachment(mode, trunk, true);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("ethtool -K eth0 rxvlan off"), std::string::npos);
  }
  EXPECT_EQ(modes(AttachMode::kTc, trunk, true), kTcAlone) << "tc sees the tag's metadata";
}

}  // namespace
}  // namespace isat
