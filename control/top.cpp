// SPDX-License-Identifier: Apache-2.0
// `isat top`.
#include "control/top.h"

#include <fmt/format.h>

#include <thread>

#include "control/boot_clock.h"
#include "control/running_speaker.h"
#include "control/screen.h"
#include "control/top_view.h"

namespace isat {
namespace {

struct Look {
  std::chrono::steady_clock::time_point when;
  PinnedState state;
};

Result<Look> look(const std::string& pin) {
  auto state = read_pinned_state(pin);
  if (!state) return tl::unexpected(state.error());
  return Look{std::chrono::steady_clock::now(), std::move(*state)};
}

std::string headline(const std::string& pin, const PinnedState& state) {
  const auto speaker = running_speaker(pin);
  const bool passed = state.deadline.count() != 0 && boot_now() > state.deadline;
  return fmt::format("isat top  {}  speaker {}{}  (q quits)", pin,
                     !speaker        ? "not running"
                     : *speaker == 0 ? "running"
                                     : "running, pid " + std::to_string(*speaker),
                     passed ? ", its deadline has passed" : "");
}

Result<void> print_once(const Environment& environment, const std::string& pin,
                        std::chrono::milliseconds interval) {
  const auto before = look(pin);
  if (!before) return tl::unexpected(before.error());
  std::this_thread::sleep_for(interval);
  const auto now = look(pin);
  if (!now) return tl::unexpected(now.error());
  environment.out << top_json(compare(before->state, now->state, now->when - before->when)).dump(2)
                  << "\n";
  return {};
}

Result<void> draw(const std::string& pin, std::chrono::milliseconds interval) {
  auto before = look(pin);  // first, so that its error is not lost on the screen
  if (!before) return tl::unexpected(before.error());
  const auto screen = Screen::open();
  if (!screen) return tl::unexpected(screen.error());
  for (;;) {
    auto now = look(pin);
    if (!now) return tl::unexpected(now.error());
    (*screen)->draw(top_lines(compare(before->state, now->state, now->when - before->when),
                              headline(pin, now->state), (*screen)->height()));
    before = std::move(now);
    if (!(*screen)->wait(interval)) return {};
  }
}

}  // namespace

int top(const Environment& environment, const std::string& pin, std::chrono::milliseconds interval,
        bool json) {
  const auto done = json ? print_once(environment, pin, interval) : draw(pin, interval);
  if (done) return kSuccess;
  environment.err << done.error().message << "\n";
  return kFailure;
}

}  // namespace isat
