// SPDX-License-Identifier: Apache-2.0
// Where a running speaker tells `isat status` what its maps do not show.
#include "control/status_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <asio/write.hpp>
#include <cstddef>
#include <filesystem>
#include <utility>

namespace isat {
namespace {

// Longer than any pin directory that a socket's name has room for.
constexpr std::size_t kLongestName = 107;

Result<asio::local::stream_protocol::endpoint> endpoint_of(const std::string& pin) {
  // One directory, one name: as far as it can be said without the directory being there.
  const auto path = std::filesystem::path(pin).lexically_normal();
  const auto text = path.has_filename() ? path : path.parent_path();
  const auto name = std::string(1, '\0') + "isat" + text.string();
  if (name.size() > kLongestName) {
    return fail("open the status socket of " + pin +
                ": the path is too long; `status` shows what "
                "the maps know");
  }
  return asio::local::stream_protocol::endpoint(name);
}

bool may_ask(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

tl::unexpected<Error> failed(const char* operation, const std::string& pin,
                             const asio::error_code& error) {
  return fail_errno(operation, "the status socket of " + pin, error.value());
}

}  // namespace

Result<std::unique_ptr<StatusSocket>> StatusSocket::open(asio::io_context& loop,
                                                         const std::string& pin,
                                                         std::function<std::string()> tell) {
  const auto endpoint = endpoint_of(pin);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto socket = std::unique_ptr<StatusSocket>(new StatusSocket(loop, std::move(tell)));
  asio::error_code error;
  socket->acceptor_.open(endpoint->protocol(), error);
  if (!error) socket->acceptor_.bind(*endpoint, error);
  if (!error) socket->acceptor_.listen(4, error);
  if (error) return failed("open", pin, error);
  socket->accept();
  return socket;
}

void StatusSocket::stop() {
  asio::error_code ignored;
  acceptor_.close(ignored);
}

void StatusSocket::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, Protocol::socket socket) {
    if (error) return;
    if (may_ask(socket.native_handle())) answer(std::move(socket));
    accept();
  });
}

void StatusSocket::answer(Protocol::socket socket) {
  // Both live until the answer is out, or its reader gone.
  const auto kept =
      std::make_shared<std::pair<Protocol::socket, std::string>>(std::move(socket), tell_());
  asio::async_write(kept->first, asio::buffer(kept->second),
                    [kept](const asio::error_code&, std::size_t) {});
}

Result<std::string> StatusSocket::ask(const std::string& pin) {
  const auto endpoint = endpoint_of(pin);
  if (!endpoint) return tl::unexpected(endpoint.error());
  asio::io_context unused;
  Protocol::socket socket(unused);
  asio::error_code error;
  socket.connect(*endpoint, error);
  if (error) return failed("ask", pin, error);
  // A speaker that hangs must not hang its observer.
  const timeval patience{1, 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string told;
  std::array<char, 65'536> part{};
  for (;;) {
    const auto got = ::recv(socket.native_handle(), part.data(), part.size(), 0);
    if (got == 0) return told;
    if (got < 0) return fail_errno("ask", "the status socket of " + pin);
    told.append(part.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace isat
