// SPDX-License-Identifier: Apache-2.0
// A speaker among fakes, in a time that passes only when a test says so.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "control/speaker.h"
#include "tests/unit/fake_data_plane.h"

namespace isat {

class FakeInterfaces final : public InterfaceSource {
 public:
  std::map<InterfaceIndex, Interface> interfaces;
  std::vector<InterfaceIndex> changed;
  bool failing = false;
  int readable = -1;
  std::function<void()> on_process;

  int descriptor() const override { return readable; }
  Result<std::vector<InterfaceIndex>> process() override {
    if (on_process) on_process();
    if (failing) return fail_errno("receive", "netlink", ENOMEM);
    return std::exchange(changed, {});
  }
  const std::map<InterfaceIndex, Interface>& all() const override { return interfaces; }
};

class FakeSource final : public AssignmentSource {
 public:
  Listener listener;
  bool stopped = false;
  std::size_t refreshes = 0;

  void start(Listener to) override { listener = std::move(to); }
  void stop() override { stopped = true; }
  void refresh() override { ++refreshes; }
};

// This node alone, for ever, until a test says otherwise.
class FakeMembership final : public Membership {
 public:
  bool speaks = true;  // at once, when it is asked
  Listener listener;
  std::string name = "here";
  std::vector<Member> all{Member{"here"}};
  BootTime until{0};
  std::chrono::milliseconds word{0};
  std::vector<MemberInterface> published;
  std::optional<std::set<std::string>> sticks_to = std::set<std::string>{};
  std::vector<Leave> departures;
  std::set<Address> kept;
  bool given_up = false;
  std::function<void()> left;

  void start(Listener to) override {
    listener = std::move(to);
    if (!speaks) return;
    listener.deadline_moved();
    listener.members_changed();
  }
  void publish(std::vector<MemberInterface> interfaces) override {
    published = std::move(interfaces);
  }
  void stick_to(std::optional<std::set<std::string>> keys) override { sticks_to = std::move(keys); }
  void leave(Leave how, std::set<Address> what, std::function<void()> when) override {
    departures.push_back(how);
    kept = std::move(what);
    listener = {};
    left = std::move(when);
    if (speaks) left();
  }
  const std::string& node() const override { return name; }
  const std::vector<Member>& members() const override { return all; }
  BootTime deadline() const override { return until; }
  std::chrono::milliseconds last_word() const override { return word; }
  bool was_given_up() const override { return given_up; }
};

class FakeSender final : public FrameSender {
 public:
  std::vector<Announcement> sent;
  bool failing = false;

  Result<void> send(const Announcement& announcement) override {
    if (failing) return fail_errno("send", announcement.key.address.to_string(), ENOBUFS);
    sent.push_back(announcement);
    return {};
  }
};

class FakeGroupSocket final : public GroupSocket {
 public:
  FakeGroupSocket(std::vector<std::string>& calls, const bool& failing)
      : calls_(calls), failing_(failing) {}

  Result<void> join(const MulticastGroup& group) override {
    if (failing_) return fail_errno("join", group.group.to_string(), ENODEV);
    calls_.push_back("join " + group.group.to_string() + " on #" + std::to_string(group.interface));
    return {};
  }
  void leave(const MulticastGroup& group) override {
    calls_.push_back("leave " + group.group.to_string() + " on #" +
                     std::to_string(group.interface));
  }

 private:
  std::vector<std::string>& calls_;
  const bool& failing_;
};

class SpeakerBench {
 public:
  using TimePoint = Speaker::TimePoint;

  FakeDataPlane plane;
  DataPlane* data_plane = &plane;  // what the speaker gets
  FakeInterfaces interfaces;
  FakeSource source;
  FakeSender sender;
  std::vector<std::string> group_calls;
  bool failing_joins = false;
  Configuration configuration;
  TimePoint now{std::chrono::hours(1)};
  std::function<TimePoint()> clock = [this] { return now; };
  FakeMembership membership;
  BootTime boot{std::chrono::hours(2)};
  std::ostringstream log_text;
  std::function<void()> wake_changed;
  std::size_t gratuitous_sent = 0;
  std::size_t gratuitous_failed = 0;
  std::size_t source_losses = 0;
  std::size_t reconcile_failures = 0;
  std::unique_ptr<Speaker> speaker;

  SpeakerBench() { configuration.interfaces = {"eth.*"}; }

  // The one before, if any, is gone as after kill -9.
  void start() {
    make();
    speaker->start();
  }

  void make() {
    speaker.reset();
    groups_ = std::make_unique<MulticastGroups>([this]() -> Result<std::unique_ptr<GroupSocket>> {
      return std::make_unique<FakeGroupSocket>(group_calls, failing_joins);
    });
    SpeakerHooks hooks;
    hooks.gratuitous_sent = [this](const Address&) { ++gratuitous_sent; };
    hooks.gratuitous_failed = [this] { ++gratuitous_failed; };
    hooks.source_lost = [this] { ++source_losses; };
    hooks.reconciled = [this](std::chrono::nanoseconds, const Reconciler::Report& report) {
      reconcile_failures += report.failed;
    };
    hooks.wake_changed = [this] {
      if (wake_changed) wake_changed();
    };
    auto speaker_made =
        Speaker::make({*data_plane, interfaces, *groups_, sender, source, membership, log_,
                       [this] { return clock(); }, [this] { return boot; }},
                      std::move(hooks), configuration);
    ASSERT_TRUE(speaker_made) << speaker_made.error().message;
    speaker = std::move(*speaker_made);
  }

  // As the loop would: tick() whenever it is due.
  void pass(std::chrono::nanoseconds time) {
    const auto until = now + time;
    for (int ticks = 0; speaker->next_wake() <= until; ++ticks) {
      ASSERT_LT(ticks, 100'000) << "the speaker spins";
      now = std::max(now, speaker->next_wake());
      speaker->tick();
    }
    now = until;
  }

  static Interface made(InterfaceIndex index, std::uint8_t mac = 0) {
    Interface interface;
    interface.index = index;
    interface.name = "eth" + std::to_string(index);
    interface.mac.bytes = {2, 0, 0, 0, mac, static_cast<std::uint8_t>(index)};
    interface.up = interface.carrier = interface.broadcast = true;
    return interface;
  }

  void set(const Interface& interface) {
    interfaces.interfaces[interface.index] = interface;
    tell(interface.index);
  }
  void remove(InterfaceIndex index) {
    interfaces.interfaces.erase(index);
    tell(index);
  }
  void add(const Assignment& assignment) { source.listener.changed({{assignment}, {}}); }
  void drop(const AssignmentKey& key) { source.listener.changed({{}, {key}}); }

  std::string logged() const { return log_text.str(); }

 private:
  void tell(InterfaceIndex index) {
    interfaces.changed.push_back(index);
    if (speaker) (void)speaker->interfaces_changed();
  }

  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(log_text)};
  std::unique_ptr<MulticastGroups> groups_;
};

}  // namespace isat
