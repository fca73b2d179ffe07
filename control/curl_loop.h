// SPDX-License-Identifier: Apache-2.0
// Drives libcurl's transfers from an asio loop: no thread, no polling.
#pragma once

#include <curl/curl.h>

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <unordered_map>

#include "control/one_shot_timer.h"

namespace isat {

// Owns a multi handle. The caller adds and removes easy handles, and has removed all of them before
// this is destroyed.
class CurlLoop {
 public:
  // `progressed` is called after libcurl has worked, never from inside one of its callbacks: there,
  // and only there, transfers may be added, removed and collected freely.
  CurlLoop(asio::io_context& loop, std::function<void()> progressed);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  [[nodiscard]] CURLM* multi() const { return multi_; }

 private:
  struct Socket;

  static int socket_changed(CURL* easy, curl_socket_t descriptor, int what, void* self, void*);
  static int timer_changed(CURLM* multi, long milliseconds, void* self);
  void watch(curl_socket_t descriptor, int what);
  void forget(curl_socket_t descriptor);
  void arm(const std::shared_ptr<Socket>& socket, int direction);
  void ready(const std::shared_ptr<Socket>& socket, int direction);
  void work(curl_socket_t descriptor, int events);

  asio::io_context& loop_;
  std::function<void()> progressed_;
  OneShotTimer timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  CURLM* multi_;
};

}  // namespace isat
