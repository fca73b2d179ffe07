// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange as libcurl sees it: options in, bytes and a result out.
#pragma once

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "control/http_client.h"

namespace isat {

// Touched by libcurl's callbacks, which only store: what they stored is handed on later, outside of
// libcurl, where handlers may do as they like.
class HttpTransfer {
 public:
  // `stored` is called, from inside libcurl, when there is something to hand on.
  HttpTransfer(const HttpRequest& request, HttpClient::Handlers handlers,
               std::function<void()> stored);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  // libcurl is through with it; result() is valid from here on.
  void finish(CURLcode code);
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] Result<HttpReply> result();

  HttpClient::Handlers handlers;
  bool opened = false;  // the headers of a 200 have come
  std::string arrived;  // streamed bytes not handed on yet

 private:
  template <auto release>
  struct Release {
    template <typename T>
    void operator()(T* resource) const {
      release(resource);
    }
  };
  using Easy = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
  using List = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;

  static std::size_t receive_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t receive_body(char* data, std::size_t, std::size_t size, void* self);
  static int tune_socket(void*, curl_socket_t descriptor, curlsocktype purpose);
  void set_target(const HttpRequest& request);
  void set_content(const HttpRequest& request);
  void set_tls();
  void set_limits(const HttpRequest& request);
  [[nodiscard]] long status() const;
  [[nodiscard]] std::string cause() const;

  List headers_;  // before easy_: libcurl reads both until the handle is gone
  List connect_to_;
  TlsMaterial tls_;
  std::size_t body_limit_;
  std::function<void()> stored_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  HttpReply reply_;
  CURLcode code_ = CURLE_OK;
  bool overflowed_ = false;
  bool finished_ = false;
  Easy easy_;
};

}  // namespace isat
