// SPDX-License-Identifier: Apache-2.0
// Tells when something in a directory changed, also when the directory itself goes and comes back.
#pragma once

#include <sys/inotify.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "dataplane/result.h"

namespace isat {

class DirectoryWatch {
 public:
  struct Listener {
    // Once for all that happens while it settles; also when the watch begins, and when the
    // directory went. A file that is still being written does not count until its writer closes it.
    std::function<void()> changed;
    // The directory is there but cannot be watched; told at each attempt, one a second.
    std::function<void(const Error&)> failed;
  };

  // `loop` outlives the watch.
  DirectoryWatch(asio::io_context& loop, std::string directory,
                 std::chrono::milliseconds settle = std::chrono::milliseconds(100));
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;
  ~DirectoryWatch() { stop(); }

  // Calls come on the loop's thread, never from inside these; none after stop().
  void start(Listener listener);
  void stop();
  // Looks the directory up anew: the path may lead to another one by now, and inotify does not tell
  // when a link or a folder above was replaced.
  void renew();

 private:
  using Token = std::shared_ptr<char>;

  void watch_after(std::chrono::milliseconds delay);
  void watch();
  [[nodiscard]] Result<void> open();
  void close();
  void read_events();
  void take_events(std::size_t size);
  [[nodiscard]] bool unfinished(const inotify_event& event) const;
  void change_soon();

  std::string directory_;
  std::chrono::milliseconds settling_time_;  // one edit is a handful of events
  Listener listener_;
  // A handler may be queued already when its operation is cancelled; it runs only while the token
  // lives that it saw when it was made.
  Token started_;
  Token opened_;
  asio::posix::stream_descriptor events_;
  alignas(inotify_event) std::array<char, 4096> buffer_{};
  asio::steady_timer settle_;
  bool settling_ = false;
  asio::steady_timer retry_;
};

}  // namespace isat
