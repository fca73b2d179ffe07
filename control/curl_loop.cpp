// SPDX-License-Identifier: Apache-2.0
// Drives libcurl's transfers from an asio loop: no thread, no polling.
#include "control/curl_loop.h"

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <utility>

namespace isat {

// A socket of libcurl's, watched. The descriptor is borrowed: libcurl opens and closes it.
struct CurlLoop::Socket {
  Socket(asio::io_context& loop, CurlLoop* loop_owner, curl_socket_t handle)
      : owner(loop_owner), number(handle), descriptor(loop) {}

  CurlLoop* owner;  // null once libcurl has let go of the socket; waits may still be queued
  curl_socket_t number;
  asio::posix::stream_descriptor descriptor;
  int wanted = 0;   // CURL_POLL_IN | CURL_POLL_OUT
  int waiting = 0;  // the directions with a wait under way
};

CurlLoop::CurlLoop(asio::io_context& loop, std::function<void()> progressed)
    : loop_(loop), progressed_(std::move(progressed)), timer_(loop) {
  // Counted and thread-safe since libcurl 7.84: paired with the clean-up below.
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::socket_changed);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::timer_changed);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop() {
  while (!sockets_.empty()) forget(sockets_.begin()->first);
  curl_multi_cleanup(multi_);
  curl_global_cleanup();
}

int CurlLoop::socket_changed(CURL*, curl_socket_t descriptor, int what, void* self, void*) {
  auto* loop = static_cast<CurlLoop*>(self);
  if (what == CURL_POLL_REMOVE) {
    loop->forget(descriptor);
  } else {
    loop->watch(descriptor, what);
  }
  return 0;
}

int CurlLoop::timer_changed(CURLM*, long milliseconds, void* self) {
  auto* loop = static_cast<CurlLoop*>(self);
  if (milliseconds < 0) {
    loop->timer_.cancel();
  } else {
    loop->timer_.start(std::chrono::milliseconds(milliseconds),
                       [loop] { loop->work(CURL_SOCKET_TIMEOUT, 0); });
  }
  return 0;
}

void CurlLoop::watch(curl_socket_t descriptor, int what) {
  auto& socket = sockets_[descriptor];
  if (!socket) {
    socket = std::make_shared<Socket>(loop_, this, descriptor);
    asio::error_code error;
    // Fails only for want of kernel memory; the transfer then ends by its time-out.
    socket->descriptor.assign(descriptor, error);
  }
  socket->wanted = what & (CURL_POLL_IN | CURL_POLL_OUT);
  for (const int direction : {CURL_POLL_IN, CURL_POLL_OUT}) arm(socket, direction);
}

void CurlLoop::forget(curl_socket_t descriptor) {
  const auto found = sockets_.find(descriptor);
  if (found == sockets_.end()) return;
  // libcurl is about to close it: asio must neither keep it in epoll nor close it a second time.
  found->second->owner = nullptr;
  if (found->second->descriptor.is_open()) found->second->descriptor.release();
  sockets_.erase(found);
}

void CurlLoop::arm(const std::shared_ptr<Socket>& socket, int direction) {
  if (!(socket->wanted & direction) || (socket->waiting & direction)) return;
  if (!socket->descriptor.is_open()) return;
  socket->waiting |= direction;
  const auto wait = direction == CURL_POLL_IN ? asio::posix::stream_descriptor::wait_read
                                              : asio::posix::stream_descriptor::wait_write;
  socket->descriptor.async_wait(wait, [socket, direction](const asio::error_code&) {
    socket->waiting &= ~direction;
    if (socket->owner != nullptr) socket->owner->ready(socket, direction);
  });
}

void CurlLoop::ready(const std::shared_ptr<Socket>& socket, int direction) {
  // An error of the wait is not told apart: libcurl meets it when it reads or writes.
  if (socket->wanted & direction) {
    work(socket->number, direction == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
  }
  if (socket->owner != nullptr) arm(socket, direction);
}

void CurlLoop::work(curl_socket_t descriptor, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, descriptor, events, &running);
  progressed_();
}

}  // namespace isat
