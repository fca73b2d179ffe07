// SPDX-License-Identifier: Apache-2.0
// A running speaker gets another configuration: what changes, what stays, what is refused.
#include "control/speaker.h"
#include "tests/unit/speaker_test.h"

namespace isat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using namespace std::chrono_literals;

TEST_F(SpeakerTest, ANewChoiceOfInterfacesTouchesOnlyThoseItChanges) {
  configuration.interfaces = {"eth1", "eth2"};
  for (const InterfaceIndex index : {1u, 2u, 3u}) set(made(index));
  start_with({owned(kTen)});
  take_calls();
  configuration.interfaces = {"eth2", "eth3"};
  speaker->configure(configuration);
  EXPECT_THAT(take_calls(), ElementsAre("detach #1", "attach eth3", "withdraw 192.0.2.10 on #1",
                                        "announce 192.0.2.10 on #3"));
}

TEST_F(SpeakerTest, NewAnnounceSettingsTakeEffect) {
  set(made(1));
  configuration.announce.refresh = 0ms;
  start_with({owned(kTen)});
  pass(30s);
  EXPECT_EQ(sender.sent.size(), 5u);
  configuration.announce.rounds = 2;
  configuration.announce.refresh = 10s;
  speaker->configure(configuration);
  add(owned(kSix));
  pass(1500ms);
  EXPECT_EQ(told(kSix), 2);
  sender.sent.clear();
  pass(20s);
  EXPECT_EQ(told(kSix), 2);
  EXPECT_EQ(told(kTen), 2);  // the old one is refreshed now, too
}

TEST_F(SpeakerTest, WhatCannotChangeIsReportedAndStays) {
  set(made(1));
  start_with({owned(kTen)});
  auto next = configuration;
  next.pin = "/sys/fs/bpf/other";
  next.mode = Mode::kObserve;
  next.on_exit = OnExit::kWithdraw;
  speaker->configure(next);
  EXPECT_THAT(speaker->snapshot().needs_restart, ElementsAre("pin", "mode"));
  EXPECT_THAT(logged(), HasSubstr("pin changed; it needs a restart"));
  speaker->configure(configuration);
  EXPECT_THAT(speaker->snapshot().needs_restart, IsEmpty());
}

TEST_F(SpeakerTest, TheLogLevelChangesWhileRunning) {
  start_with({});
  configuration.log_level = "error";
  speaker->configure(configuration);
  EXPECT_THAT(logged(), Not(HasSubstr("configuration applied")));
}

TEST_F(SpeakerTest, AnotherSourceIsNoReasonToForgetTheAddresses) {
  configuration.addresses = {owned(kTen)};
  start();
  Configuration next;
  next.source = SourceKind::kKubernetes;
  speaker->configure(next);
  EXPECT_EQ(speaker->running().addresses, configuration.addresses);
  EXPECT_THAT(speaker->snapshot().needs_restart, ElementsAre("source"));
}

TEST_F(SpeakerTest, ANewConfigurationInTheMidstOfTheRoundsNeitherCutsNorRepeatsThem) {
  configuration.announce.refresh = 0ms;
  set(made(1));
  start_with({owned(kTen)});
  pass(1500ms);
  EXPECT_EQ(sender.sent.size(), 2u);
  configuration.announce.refresh = 1h;
  speaker->configure(configuration);
  pass(0s);
  EXPECT_EQ(sender.sent.size(), 2u);
  pass(4s);
  EXPECT_EQ(sender.sent.size(), 5u);
}

TEST_F(SpeakerTest, ARefusedConfigurationIsReportedUntilAValidOneComes) {
  set(made(1));
  start_with({owned(kTen)});
  speaker->configuration_refused({"isat.yaml:3: capacity: not a number"});
  EXPECT_THAT(speaker->snapshot().failures,
              ElementsAre(Pair("configuration", HasSubstr("capacity"))));
  speaker->configure(configuration);
  EXPECT_THAT(speaker->snapshot().failures, IsEmpty());
  EXPECT_EQ(plane.entries.size(), 1u);
}

TEST_F(SpeakerTest, PatternsThatAreNoneStartNothing) {
  set(made(1));
  start_with({owned(kTen)});
  auto next = configuration;
  next.interfaces = {"eth["};
  take_calls();
  speaker->configure(next);
  EXPECT_THAT(take_calls(), IsEmpty());
  EXPECT_THAT(speaker->snapshot().failures, ElementsAre(Key("configuration")));
}

}  // namespace
}  // namespace isat
