// SPDX-License-Identifier: Apache-2.0
// HTTP over TLS on the asio loop: one exchange at a time or many, whole answers or streams.
#include "control/http_client.h"

#include <unordered_map>

#include "control/curl_loop.h"
#include "control/http_transfer.h"

namespace isat {

class HttpClient::Loop {
 public:
  explicit Loop(asio::io_context& loop) : curl_(loop, [this] { hand_on(); }) {}
  ~Loop() {
    for (const auto& [id, transfer] : transfers_) {
      curl_multi_remove_handle(curl_.multi(), transfer->easy());
    }
  }

  Id send(const HttpRequest& request, Handlers handlers) {
    const auto id = ++last_id_;
    auto transfer = std::make_shared<HttpTransfer>(request, std::move(handlers),
                                                   [this, id] { stored_.push_back(id); });
    // Starts by asking for a timer of 0 ms, so nothing happens from inside this call.
    curl_multi_add_handle(curl_.multi(), transfer->easy());
    ids_.emplace(transfer->easy(), id);
    transfers_.emplace(id, std::move(transfer));
    return id;
  }

  void cancel(Id id) {
    const auto found = transfers_.find(id);
    if (found != transfers_.end()) remove(found->second->easy());
  }

 private:
  void hand_on() {
    int left = 0;
    while (const auto* message = curl_multi_info_read(curl_.multi(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto id = ids_.at(message->easy_handle);
      transfers_.at(id)->finish(message->data.result);
      stored_.push_back(id);
    }
    // A handler may cancel any exchange: each step looks its own up again.
    for (const auto id : std::exchange(stored_, {})) hand_on(id);
  }

  void hand_on(Id id) {
    const auto found = transfers_.find(id);
    if (found == transfers_.end()) return;
    // Shared: a handler that cancels its own exchange must not pull itself from under its feet.
    const auto transfer = found->second;
    if (std::exchange(transfer->opened, false) && transfer->handlers.opened) {
      transfer->handlers.opened();
    }
    if (transfers_.contains(id) && !transfer->arrived.empty()) {
      transfer->handlers.data(std::exchange(transfer->arrived, {}));
    }
    if (!transfers_.contains(id) || !transfer->finished()) return;
    auto result = transfer->result();
    remove(transfer->easy());
    transfer->handlers.done(std::move(result));
  }

  void remove(CURL* easy) {
    curl_multi_remove_handle(curl_.multi(), easy);
    const auto found = ids_.find(easy);
    transfers_.erase(found->second);
    ids_.erase(found);
  }

  CurlLoop curl_;
  Id last_id_ = 0;
  std::unordered_map<Id, std::shared_ptr<HttpTransfer>> transfers_;
  std::unordered_map<CURL*, Id> ids_;
  std::vector<Id> stored_;  // exchanges with something to hand on; an id may stand there twice
};

HttpClient::HttpClient(asio::io_context& loop) : loop_(std::make_unique<Loop>(loop)) {}
HttpClient::~HttpClient() = default;

HttpClient::Id HttpClient::send(const HttpRequest& request, Handlers handlers) {
  return loop_->send(request, std::move(handlers));
}

void HttpClient::cancel(Id id) {
  loop_->cancel(id);
}

}  // namespace isat
