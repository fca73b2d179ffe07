// SPDX-License-Identifier: Apache-2.0
// `isat top`.
#include "control/top.h"

#include <fmt/format.h>

#include <thread>

#include "control/boot_clock.h"
#include "control/running_speaker.h"
#include "control/screen.h"
#include "control/speaker_account.h"
#include "control/status_socket.h"
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

// To say who holds what, a speaker holds an election for every address: not at every look.
class HolderLook {
 public:
  explicit HolderLook(std::string pin) : pin_(std::move(pin)) {}

  const Holders& at(std::chrono::steady_clock::time_point now) {
    constexpr std::chrono::seconds kEvery{5};
    if (asked_ && now - *asked_ < kEvery) return holders_;
    asked_ = now;
    holders_.reset();
    if (!running_speaker(pin_)) return holders_;
    const auto told = StatusSocket::ask(pin_);
    if (!told) return holders_;
    if (auto account = parse_speaker_account(*told)) holders_ = std::move(account->holders);
    return holders_;
  }

 private:
  std::string pin_;
  std::optional<std::chrono::steady_clock::time_point> asked_;
  Holders holders_;
};

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
  const auto view =
      compare(before->state, now->state, now->when - before->when, HolderLook(pin).at(now->when));
  environment.out << top_json(view).dump(2) << "\n";
  return {};
}

Result<void> draw(const std::string& pin, std::chrono::milliseconds interval) {
  auto before = look(pin);  // first, so that its error is not lost on the screen
  if (!before) return tl::unexpected(before.error());
  const auto screen = Screen::open();
  if (!screen) return tl::unexpected(screen.error());
  HolderLook holders(pin);
  for (;;) {
    auto now = look(pin);
    if (!now) return tl::unexpected(now.error());
    const auto view =
        compare(before->state, now->state, now->when - before->when, holders.at(now->when));
    (*screen)->draw(top_lines(view, headline(pin, now->state), (*screen)->height()));
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
