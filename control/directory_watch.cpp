// SPDX-License-Identifier: Apache-2.0
// Tells when something in a directory changed: inotify, and a timer while there is no directory.
#include "control/directory_watch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>

namespace isat {
namespace {

using namespace std::chrono_literals;

constexpr auto kRetry = 1s;

// Without IN_MODIFY: its writer closes the file in the end.
constexpr std::uint32_t kChanges =
    IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB;
constexpr std::uint32_t kGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

tl::unexpected<Error> cannot_watch(const std::string& directory, int code) {
  const char* mend = code == EMFILE
                         ? "; raise fs.inotify.max_user_instances or the limit of open files"
                     : code == ENOSPC ? "; raise fs.inotify.max_user_watches"
                                      : "";
  return fail("watch " + directory + ": " + std::system_category().message(code) + mend, code);
}

template <typename Function>
auto while_alive(const std::shared_ptr<char>& token, Function function) {
  return [token = std::weak_ptr<char>(token), function = std::move(function)](
             const asio::error_code& error, auto... arguments) {
    if (!token.expired() && error != asio::error::operation_aborted) function(error, arguments...);
  };
}

}  // namespace

DirectoryWatch::DirectoryWatch(asio::io_context& loop, std::string directory,
                               std::chrono::milliseconds settle)
    : directory_(std::move(directory)),
      settling_time_(settle),
      events_(loop),
      settle_(loop),
      retry_(loop) {}

void DirectoryWatch::start(Listener listener) {
  listener_ = std::move(listener);
  started_ = std::make_shared<char>();
  renew();
}

void DirectoryWatch::stop() {
  started_.reset();
  close();
  settle_.cancel();
  settling_ = false;
  retry_.cancel();
}

void DirectoryWatch::renew() {
  watch_after(0s);
}

void DirectoryWatch::watch_after(std::chrono::milliseconds delay) {
  retry_.expires_after(delay);
  retry_.async_wait(while_alive(started_, [this](const asio::error_code&) { watch(); }));
}

void DirectoryWatch::watch() {
  close();
  const auto opened = open();
  if (opened) return change_soon();  // what happened before the watch is a change, too
  watch_after(kRetry);
  const bool away = opened.error().code == ENOENT || opened.error().code == ENOTDIR;
  if (!away) listener_.failed(opened.error());
}

Result<void> DirectoryWatch::open() {
  const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) return cannot_watch(directory_, errno);
  asio::error_code error;
  if (events_.assign(inotify, error); error) {
    ::close(inotify);
    return cannot_watch(directory_, error.value());
  }
  constexpr std::uint32_t kAll = kChanges | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (::inotify_add_watch(inotify, directory_.c_str(), kAll) < 0) {
    return cannot_watch(directory_, errno);
  }
  opened_ = std::make_shared<char>();
  read_events();
  return {};
}

// The whole inotify instance goes: events still queued for an old watch go with it.
void DirectoryWatch::close() {
  opened_.reset();
  asio::error_code ignored;
  events_.close(ignored);
}

void DirectoryWatch::read_events() {
  events_.async_read_some(asio::buffer(buffer_),
                          while_alive(opened_, [this](const asio::error_code& error, auto size) {
                            if (error) return watch_after(kRetry);
                            take_events(size);
                          }));
}

void DirectoryWatch::take_events(std::size_t size) {
  bool gone = false;
  bool changed = false;
  for (std::size_t offset = 0; offset < size;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer_.data() + offset);
    gone = gone || (event->mask & kGone) != 0;
    changed = changed || !unfinished(*event);
    offset += sizeof(inotify_event) + event->len;
  }
  if (changed) change_soon();
  if (gone) return renew();
  read_events();
}

bool DirectoryWatch::unfinished(const inotify_event& event) const {
  if ((event.mask & IN_CREATE) == 0) return false;
  struct stat status {};
  const auto path = directory_ + "/" + event.name;
  // Links are complete when they appear, symbolic and hard.
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1;
}

void DirectoryWatch::change_soon() {
  if (std::exchange(settling_, true)) return;
  settle_.expires_after(settling_time_);
  settle_.async_wait(while_alive(started_, [this](const asio::error_code&) {
    settling_ = false;
    listener_.changed();
  }));
}

}  // namespace isat
