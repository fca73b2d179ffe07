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
#include "control/frame_line.h"
#include "control/pcap_file.h"
#include "control/running_speaker.h"
#include "dataplane/event_tap.h"
#include "dataplane/frame_tap.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

std::string interface_name(InterfaceIndex interface) {
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(interface, name.data()) != nullptr) return name.data();
  return "#" + std::to_string(interface);
}

std::chrono::system_clock::time_point seen_at(std::uint64_t boot_ns) {
  return wall_time_of(boot_ns, boot_now(), std::chrono::system_clock::now());
}

WallTime line_time(std::uint64_t boot_ns) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(seen_at(boot_ns));
}

// Waits for what the tap has, a signal or the next second, whichever comes first, and goes on.
class Watcher {
 public:
  using Work = std::function<Result<void>()>;

  // A copy of the descriptor: asio closes what it is given.
  Watcher(int tap, Work show, Work keep)
      : show_(std::move(show)), keep_(std::move(keep)), ready_(loop_, ::dup(tap)) {}

  Result<void> run() {
    signals_.async_wait([this](const asio::error_code&, int) {
      if (does(show_)) loop_.stop();  // what came just before, too
    });
    wait_for_news();
    wait_a_second();
    loop_.run();
    return ended_;
  }

 private:
  void wait_for_news() {
    ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const asio::error_code&) {
      if (does(show_)) wait_for_news();
    });
  }
  void wait_a_second() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const asio::error_code&) {
      if (does(keep_)) wait_a_second();
    });
  }
  bool does(const Work& work) {
    ended_ = work();
    if (!ended_) loop_.stop();
    return ended_.has_value();
  }

  Work show_;
  Work keep_;
  asio::io_context loop_;
  asio::posix::stream_descriptor ready_;
  asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  asio::steady_timer timer_{loop_};
  Result<void> ended_;
};

Result<void> watch_events(const Environment& environment, const WatchOptions& options) {
  const auto tap = EventTap::open(options.pin);
  if (!tap) return tl::unexpected(tap.error());
  const auto line = options.json ? event_json : event_text;
  const auto show = [&]() -> Result<void> {
    for (const auto& seen : (*tap)->events().process()) {
      environment.out << line(seen, interface_name(seen.interface), line_time(seen.boot_ns))
                      << std::endl;
    }
    return {};
  };
  return Watcher((*tap)->events().descriptor(), show, [&] { return (*tap)->keep(); }).run();
}

timeval capture_time(std::uint64_t boot_ns) {
  const auto since = seen_at(boot_ns).time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(since - seconds);
  return {seconds.count(), rest.count()};
}

// The frame, and its answer at the same time: they are one moment in the kernel.
void write_sample(PcapWriter& capture, const FrameSample& sample) {
  const auto time = capture_time(sample.boot_ns);
  capture.write({sample.frame.bytes, sample.frame.length_on_wire, time});
  if (sample.answer) capture.write({sample.answer->bytes, sample.answer->length_on_wire, time});
}

Result<void> watch_frames(const Environment& environment, const WatchOptions& options) {
  if (!running_speaker(options.pin)) {
    return fail("watch frames of " + options.pin +
                ": no speaker runs there, and it is the speaker who has them shown; start it");
  }
  const auto tap = FrameTap::open(options.pin, boot_now());
  if (!tap) return tl::unexpected(tap.error());
  std::optional<PcapWriter> capture;
  if (!options.capture.empty()) {
    auto opened = PcapWriter::open(options.capture);
    if (!opened) return tl::unexpected(opened.error());
    capture.emplace(std::move(*opened));
    // Whoever reads it from a pipe sees at once that it is one.
    if (auto begun = capture->finish(); !begun) return begun;
  }
  const auto line = options.json ? frame_json : frame_text;
  const auto show = [&]() -> Result<void> {
    for (const auto& sample : (*tap)->process()) {
      if (capture) {
        write_sample(*capture, sample);
      } else {
        environment.out << line(sample, interface_name(sample.interface), line_time(sample.boot_ns))
                        << "\n";
      }
    }
    environment.out.flush();
    return capture ? capture->finish() : Result<void>{};
  };
  std::uint64_t told = 0;
  const auto keep = [&]() -> Result<void> {
    const auto missed = (*tap)->missed();
    if (missed > told) environment.err << missed - told << " more frames were not shown\n";
    told = missed;
    return (*tap)->keep(boot_now());
  };
  return Watcher((*tap)->descriptor(), show, keep).run();
}

}  // namespace

int watch(const Environment& environment, const WatchOptions& options) {
  const auto ended =
      options.frames ? watch_frames(environment, options) : watch_events(environment, options);
  if (ended) return kSuccess;
  environment.err << ended.error().message << "\n";
  return kFailure;
}

}  // namespace isat
