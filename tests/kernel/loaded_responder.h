// SPDX-License-Identifier: Apache-2.0
// The real programs over maps of their own: makes a row's setting true, then reads what moved.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "dataplane/answered_counts.h"
#include "dataplane/event_reader.h"
#include "dataplane/page_arrays.h"
#include "dataplane/responder_maps.h"
#include "dataplane/responder_object.h"
#include "tests/frames/native_responder.h"
#include "tests/frames/solicitation.h"

namespace isat::test {

class LoadedResponder {
 public:
  // What every row takes for granted is announced on this interface and another (solicitation.h).
  // `shown`: by the programs that show frames.
  [[nodiscard]] static Result<LoadedResponder> create(InterfaceIndex index, bool shown = false);

  // Where the announcement of one of the rows' addresses is counted.
  [[nodiscard]] static std::uint32_t slot_of(const Address& address);

  // The program of this hook with this setting's constants: loaded once each, owned here.
  [[nodiscard]] Result<int> program(Hook hook, const frames::Setting& setting);

  // Before a frame: deadline and yields as the setting says, no event remembered, counters noted.
  [[nodiscard]] Result<void> prepare(const frames::Setting& setting);
  // After it: whether any frame was counted since prepare().
  [[nodiscard]] Result<bool> counted() const;
  // And what the maps say of it; `frame` and `sent` are the caller's to know. An error unless
  // exactly one counter of this interface moved, by one, and only the announcement asked for was
  // credited.
  [[nodiscard]] Result<frames::Verdict> verdict(const frames::Frame& asked);

  // Events since the last verdict() or take_events(), whole.
  [[nodiscard]] std::vector<Event> take_events() { return reader_->process(); }
  // The limiter's memory; empty, the next event goes out.
  [[nodiscard]] Result<event_limit> limit(const Address& target) const;
  [[nodiscard]] Result<void> set_limit(const Address& target, const event_limit& value) const;
  [[nodiscard]] Result<void> forget_events() const;
  // Frames counted on any interface since the maps were made.
  [[nodiscard]] Result<std::uint64_t> total() const;
  [[nodiscard]] const ResponderMaps& maps() const { return maps_; }

 private:
  using Outcomes = std::array<std::uint64_t, OUTCOMES_PER_SLOT>;
  using Credits = std::array<std::uint64_t, 8>;

  LoadedResponder(ResponderMaps maps, InterfaceIndex index, bool shown)
      : maps_(std::move(maps)), index_(index), shown_(shown) {}
  [[nodiscard]] Result<void> announce(const Address& address, InterfaceIndex index);
  [[nodiscard]] Result<void> set_yielded(const Address& address, bool yielded);
  // An error when the page is not as announce() left it.
  [[nodiscard]] Result<bool> yielded(const Address& address) const;
  [[nodiscard]] Result<Outcomes> outcomes() const;
  [[nodiscard]] Credits credits() const;
  [[nodiscard]] Result<void> count_outcome(frames::Verdict& verdict) const;
  [[nodiscard]] Result<void> count_credit(const frames::Frame& asked,
                                          frames::Verdict& verdict) const;

  ResponderMaps maps_;
  AnsweredCounts answered_;
  PageArrays pages_;
  InterfaceIndex index_;
  bool shown_;
  std::map<std::tuple<Hook, bool, bool>, FileDescriptor> programs_;  // by hook, observe, strict
  std::unique_ptr<EventReader> reader_;
  Outcomes outcomes_before_{};
  Credits credits_before_{};
};

}  // namespace isat::test
