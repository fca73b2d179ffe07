// SPDX-License-Identifier: Apache-2.0
// `isat drain` and `isat undrain`.
#include "control/drain.h"

#include <cerrno>
#include <chrono>
#include <thread>

#include "dataplane/announced_maps.h"
#include "dataplane/drain_mark.h"
#include "dataplane/pin_directory.h"
#include "dataplane/pinned_state.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr auto kLookEvery = 2ms;

int refuse(const Environment& environment, const std::string& message) {
  environment.err << message << "\n";
  return kFailure;
}

int await_speaker(const Environment& environment, const std::string& pin, const DrainMark& mark) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!mark.is_confirmed()) {
    if (std::chrono::steady_clock::now() > give_up) {
      return refuse(environment,
                    "drain " + pin +
                        ": not confirmed within 5 s; either the speaker "
                        "hangs or the API keeps it from releasing its Lease: its log says "
                        "which");
    }
    std::this_thread::sleep_for(kLookEvery);
  }
  environment.out << "drained: this node holds no address until `isat undrain`\n";
  return kSuccess;
}

Result<std::size_t> withdraw_everything(const std::string& pin) {
  const auto maps = open_pinned_maps(pin);
  if (!maps && maps.error().code == ENOENT) return 0;  // nothing is answered without them
  if (!maps) return tl::unexpected(maps.error());
  auto announced = AnnouncedMaps::take_over(*maps);
  if (!announced) return tl::unexpected(announced.error());
  const auto all = announced->all();
  if (!all) return tl::unexpected(all.error());
  for (const auto& each : *all) {
    if (auto done = announced->withdraw(each.announcement.key); !done) {
      return tl::unexpected(done.error());
    }
  }
  return all->size();
}

}  // namespace

int drain(const Environment& environment, const std::string& pin) {
  const DrainMark mark(pin);
  const auto alone = PinDirectory::lock(pin);  // nobody else holds it: no speaker runs
  if (!alone && alone.error().code != EWOULDBLOCK) {
    return refuse(environment, alone.error().message);
  }
  if (const auto set = mark.set(); !set) return refuse(environment, set.error().message);
  if (!alone) return await_speaker(environment, pin, mark);
  const auto withdrawn = withdraw_everything(pin);
  if (!withdrawn) return refuse(environment, withdrawn.error().message);
  return refuse(environment,
                "drain " + pin + ": no speaker runs here; withdrew " + std::to_string(*withdrawn) +
                    " announcements and marked the node, but nobody released its Lease: others "
                    "take over when that runs out, or once a speaker runs here again");
}

int undrain(const Environment& environment, const std::string& pin) {
  if (const auto cleared = DrainMark(pin).clear(); !cleared) {
    return refuse(environment, cleared.error().message);
  }
  environment.out << "undrained: this node holds addresses again as soon as its speaker runs\n";
  return kSuccess;
}

}  // namespace isat
