// SPDX-License-Identifier: Apache-2.0
// Where a running speaker tells `isat status` what its maps do not show.
#pragma once

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "dataplane/result.h"

namespace isat {

// A Unix-domain socket in the abstract namespace, named for the pin directory: it needs no writable
// file system, and is gone with its process. Whoever connects as root or as the speaker's own user
// is told the state as of now, and the connection is closed; nothing is read.
class StatusSocket {
 public:
  // `tell` is called on the loop's thread, never after stop().
  [[nodiscard]] static Result<std::unique_ptr<StatusSocket>> open(
      asio::io_context& loop, const std::string& pin, std::function<std::string()> tell);
  StatusSocket(const StatusSocket&) = delete;
  StatusSocket& operator=(const StatusSocket&) = delete;

  void stop();

  // For the other side, which may block for a second at most.
  [[nodiscard]] static Result<std::string> ask(const std::string& pin);

 private:
  using Protocol = asio::local::stream_protocol;

  StatusSocket(asio::io_context& loop, std::function<std::string()> tell)
      : acceptor_(loop), tell_(std::move(tell)) {}
  void accept();
  void answer(Protocol::socket socket);

  Protocol::acceptor acceptor_;
  std::function<std::string()> tell_;
};

}  // namespace isat
