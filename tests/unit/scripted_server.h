// SPDX-License-Identifier: Apache-2.0
// An HTTP server whose every byte a test chooses; it runs on the loop of the client under test.
#pragma once

#include <asio.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace isat {

struct ScriptedRequest {
  std::string method;
  std::string target;   // path and query
  std::string headers;  // as they came, one a line
  std::string body;

  [[nodiscard]] bool asks(const std::string& part) const {
    return target.find(part) != std::string::npos;
  }
};

[[nodiscard]] inline std::size_t content_length(const std::string& headers) {
  const std::string name = "Content-Length: ";
  const auto found = headers.find(name);
  return found == std::string::npos ? 0 : std::stoul(headers.substr(found + name.size()));
}

// What a test writes to.
class ScriptedConnection {
 public:
  virtual ~ScriptedConnection() = default;
  virtual void send(std::string bytes) = 0;
  virtual void close() = 0;  // when everything sent before is out
};

template <typename Stream>
class ScriptedServer {
 public:
  using Connection = std::shared_ptr<ScriptedConnection>;
  using Handler = std::function<void(const Connection&, const ScriptedRequest&)>;
  using Wrap = std::function<Stream(asio::ip::tcp::socket)>;

  // Port 0 = of the kernel's choice.
  ScriptedServer(asio::io_context& loop, Wrap wrap, Handler handler, std::uint16_t port = 0)
      : acceptor_(loop, {asio::ip::address_v4::loopback(), port}),
        state_(std::make_shared<State>(std::move(wrap), std::move(handler))) {
    accept();
  }
  ~ScriptedServer() {
    state_->handler = nullptr;
    for (const auto& session : state_->sessions) session->abort();
    state_->sessions.clear();  // each holds the state that holds it
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  [[nodiscard]] const std::vector<ScriptedRequest>& requests() const { return state_->requests; }

 private:
  class Session;
  struct State {
    State(Wrap wrapping, Handler handling)
        : wrap(std::move(wrapping)), handler(std::move(handling)) {}
    Wrap wrap;
    Handler handler;
    std::vector<ScriptedRequest> requests;
    std::set<std::shared_ptr<Session>> sessions;
  };

  class Session final : public ScriptedConnection, public std::enable_shared_from_this<Session> {
   public:
    Session(std::shared_ptr<State> state, Stream stream)
        : state_(std::move(state)), stream_(std::move(stream)) {}

    void begin() {
      if constexpr (requires { typename Stream::handshake_type; }) {
        stream_.async_handshake(Stream::server, [self = this->shared_from_this()](auto error) {
          error ? self->abort() : self->read();
        });
      } else {
        read();
      }
    }
    void send(std::string bytes) override {
      outgoing_.push_back(std::move(bytes));
      if (outgoing_.size() == 1) write();
    }
    void close() override {
      closing_ = true;
      if (outgoing_.empty()) abort();
    }
    void abort() {
      asio::error_code ignored;
      stream_.lowest_layer().close(ignored);
      // The set is being walked when the server itself ends.
      if (state_->handler) state_->sessions.erase(this->shared_from_this());
    }

   private:
    void read() {
      asio::async_read_until(stream_, asio::dynamic_buffer(incoming_), "\r\n\r\n",
                             [self = this->shared_from_this()](auto error, std::size_t size) {
                               error ? self->abort() : self->answer(size);
                             });
    }
    void answer(std::size_t size) {
      std::istringstream head(incoming_.substr(0, size));
      incoming_.erase(0, size);
      ScriptedRequest request;
      head >> request.method >> request.target;
      request.headers = head.str();
      const auto length = content_length(request.headers);
      if (incoming_.size() >= length) return answer(request, length);
      asio::async_read(stream_, asio::dynamic_buffer(incoming_),
                       asio::transfer_exactly(length - incoming_.size()),
                       [self = this->shared_from_this(), request, length](auto error, std::size_t) {
                         error ? self->abort() : self->answer(request, length);
                       });
    }
    void answer(ScriptedRequest request, std::size_t length) {
      request.body = incoming_.substr(0, length);
      incoming_.erase(0, length);
      state_->requests.push_back(request);
      if (state_->handler) state_->handler(this->shared_from_this(), request);
      if (stream_.lowest_layer().is_open()) read();
    }
    void write() {
      asio::async_write(stream_, asio::buffer(outgoing_.front()),
                        [self = this->shared_from_this()](auto error, std::size_t) {
                          if (error) return self->abort();
                          self->outgoing_.pop_front();
                          if (!self->outgoing_.empty()) return self->write();
                          if (self->closing_) self->abort();
                        });
    }

    std::shared_ptr<State> state_;
    Stream stream_;
    std::string incoming_;
    std::deque<std::string> outgoing_;
    bool closing_ = false;
  };

  void accept() {
    acceptor_.async_accept([this](auto error, asio::ip::tcp::socket socket) {
      if (error) return;
      socket.set_option(asio::ip::tcp::no_delay(true));  // pieces arrive as pieces, and now
      auto session = std::make_shared<Session>(state_, state_->wrap(std::move(socket)));
      state_->sessions.insert(session);
      session->begin();
      accept();
    });
  }

  asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<State> state_;
};

class PlainServer : public ScriptedServer<asio::ip::tcp::socket> {
 public:
  PlainServer(asio::io_context& loop, Handler handler, std::uint16_t port = 0)
      : ScriptedServer(
            loop, [](asio::ip::tcp::socket socket) { return socket; }, std::move(handler), port) {}
  [[nodiscard]] std::string url() const { return "http://" + address(); }
};

// A whole answer. `headers` are further lines, each with its end.
inline std::string http_answer(int status, const std::string& body,
                               const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A stream: its head, its pieces, its end.
inline constexpr const char* kStreamHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
inline std::string stream_piece(const std::string& bytes) {
  std::ostringstream piece;
  piece << std::hex << bytes.size() << "\r\n" << bytes << "\r\n";
  return piece.str();
}
inline constexpr const char* kStreamEnd = "0\r\n\r\n";

// Runs the loop until `done` or for 10 s; false = it never was.
inline bool run_until(asio::io_context& loop, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  loop.restart();
  while (!done() && std::chrono::steady_clock::now() < deadline) {
    loop.run_one_for(std::chrono::milliseconds(100));
    if (loop.stopped()) loop.restart();
  }
  return done();
}

}  // namespace isat
