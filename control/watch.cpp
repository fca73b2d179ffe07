// SPDX-License-Identifier: Apache-2.0
// `isat watch`.
#include "control/watch.h"

#include <net/if.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <csignal>
#include <functional>

#include "control/boot_clock.h"
#include "control/event_line.h"
#include "dataplane/event_tap.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

std::string interface_name(InterfaceIndex interface) {
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(interface, name.data()) != nullptr) return name.data();
  return "#" + std::to_string(interface);
}

// The event carries the boot clock; people read the wall's.
WallTime wall_time(const Event& seen) {
  const auto age = std::chrono::nanoseconds(static_cast<std::int64_t>(boot_now().count()) -
                                            static_cast<std::int64_t>(seen.boot_ns));
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() -
                                                                 age);
}

// Waits for events, a signal or the next second, whichever comes first, and goes on.
class Watcher {
 public:
  using Show = std::function<void(const Event&)>;

  // A copy of the descriptor: asio closes what it is given.
  Watcher(EventTap& tap, Show show)
      : tap_(tap), show_(std::move(show)), events_(loop_, ::dup(tap.events().descriptor())) {}

  Result<void> run() {
    signals_.async_wait([this](const asio::error_code&, int) { loop_.stop(); });
    wait_for_events();
    wait_a_second();
    loop_.run();
    return ended_;
  }

 private:
  void wait_for_events() {
    events_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const asio::error_code&) {
      for (const auto& seen : tap_.events().process()) show_(seen);
      wait_for_events();
    });
  }
  void wait_a_second() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const asio::error_code&) {
      ended_ = tap_.keep();
      if (!ended_) return loop_.stop();
      wait_a_second();
    });
  }

  EventTap& tap_;
  Show show_;
  asio::io_context loop_;
  asio::posix::stream_descriptor events_;
  asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  asio::steady_timer timer_{loop_};
  Result<void> ended_;
};

}  // namespace

int watch(const Environment& environment, const std::string& pin, bool json) {
  const auto show = [&environment, json](const Event& seen) {
    const auto line = json ? event_json : event_text;
    environment.out << line(seen, interface_name(seen.interface), wall_time(seen)) << std::endl;
  };
  const auto tap = EventTap::open(pin);
  const auto ended = tap ? Watcher(**tap, show).run() : Result<void>(tl::unexpected(tap.error()));
  if (ended) return kSuccess;
  environment.err << ended.error().message << "\n";
  return kFailure;
}

}  // namespace isat
