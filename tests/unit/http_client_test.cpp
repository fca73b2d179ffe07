// SPDX-License-Identifier: Apache-2.0
// The HTTP client against a server with bad manners, with and without TLS.
#include "control/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/ssl.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "scripted_server.h"

namespace isat {
namespace {

using testing::HasSubstr;

class HttpClientTest : public testing::Test {
 protected:
  // A proxy in the environment is not what is tested.
  HttpClientTest() { setenv("no_proxy", "*", 1); }

  Result<HttpReply> get(const HttpRequest& request) {
    std::optional<Result<HttpReply>> result;
    HttpClient::Handlers handlers;
    handlers.done = [&](Result<HttpReply> reply) { result = std::move(reply); };
    client_.send(request, handlers);
    EXPECT_FALSE(result) << "called from inside send()";
    if (!run_until(loop_, [&] { return result.has_value(); })) return fail("the test's time is up");
    return *result;
  }

  asio::io_context loop_;
  HttpClient client_{loop_};
};

TEST_F(HttpClientTest, AsksAndReturnsTheWholeAnswer) {
  PlainServer server(loop_, [](const auto& connection, const auto&) {
    connection->send(http_answer(429, "patience", "Retry-After: 7\r\n"));
  });
  HttpRequest request{server.url() + "/path"};
  request.query = {{"a", "1"}, {"b", "x/y+z&="}};
  request.bearer_token = "secret";
  const auto reply = get(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 429);
  EXPECT_EQ(reply->body, "patience");
  EXPECT_EQ(reply->retry_after, std::chrono::seconds(7));
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].target, "/path?a=1&b=x%2Fy%2Bz%26%3D");
  EXPECT_THAT(server.requests()[0].headers, HasSubstr("Authorization: Bearer secret\r\n"));
}

TEST_F(HttpClientTest, SendsABodyWithItsTypeAndLength) {
  PlainServer server(loop_, [](const auto& connection, const auto& asked) {
    connection->send(http_answer(409, asked.body));
  });
  HttpRequest request{server.url() + "/object"};
  request.method = HttpMethod::kPut;
  request.body = std::string(100'000, 'x');  // more than one write takes
  request.content_type = "application/json";
  auto reply = get(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 409);
  EXPECT_EQ(reply->body, request.body);
  EXPECT_EQ(server.requests().at(0).method, "PUT");
  const auto& headers = server.requests().at(0).headers;
  EXPECT_THAT(headers, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(headers, testing::Not(HasSubstr("urlencoded")));
  EXPECT_THAT(headers, testing::Not(HasSubstr("Expect")));

  request.method = HttpMethod::kPatch;
  request.content_type = "application/merge-patch+json";
  request.body = "{}";
  ASSERT_TRUE(get(request));
  EXPECT_EQ(server.requests().at(1).method, "PATCH");
  EXPECT_THAT(server.requests().at(1).headers,
              HasSubstr("Content-Type: application/merge-patch+json\r\n"));
  request.method = HttpMethod::kPost;
  ASSERT_TRUE(get(request));
  EXPECT_EQ(server.requests().at(2).method, "POST");
}

TEST_F(HttpClientTest, SendsNoBodyWhereThereIsNone) {
  PlainServer server(
      loop_, [](const auto& connection, const auto&) { connection->send(http_answer(200, "")); });
  HttpRequest request{server.url() + "/object"};
  request.method = HttpMethod::kDelete;
  ASSERT_TRUE(get(request));
  EXPECT_EQ(server.requests().at(0).method, "DELETE");
  EXPECT_THAT(server.requests().at(0).headers, testing::Not(HasSubstr("Content-")));
  request.method = HttpMethod::kPost;
  ASSERT_TRUE(get(request));
  EXPECT_THAT(server.requests().at(1).headers, HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(HttpClientTest, GivesUpInMilliseconds) {
  PlainServer mute(loop_, [](const auto&, const auto&) {});
  HttpRequest impatient{mute.url()};
  impatient.timeout = std::chrono::milliseconds(50);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(get(impatient).error().message, "no answer in time");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(900));
}

TEST_F(HttpClientTest, StreamsA200PieceByPieceAndNothingElse) {
  PlainServer server(loop_, [](const auto& connection, const auto& request) {
    if (request.asks("refuse")) return connection->send(http_answer(403, "no"));
    connection->send(kStreamHead);
    connection->send(stream_piece("one "));
    connection->send(stream_piece("two"));
    connection->send(kStreamEnd);
  });
  std::string streamed;
  int opened = 0;
  std::vector<HttpReply> replies;
  HttpClient::Handlers handlers;
  handlers.opened = [&] { ++opened; };
  handlers.data = [&](std::string_view piece) { streamed += piece; };
  handlers.done = [&](const Result<HttpReply>& reply) { replies.push_back(reply.value()); };
  client_.send({server.url() + "/stream"}, handlers);
  ASSERT_TRUE(run_until(loop_, [&] { return replies.size() == 1; }));
  EXPECT_EQ(streamed, "one two");
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(replies[0].body, "");
  client_.send({server.url() + "/refuse"}, handlers);
  ASSERT_TRUE(run_until(loop_, [&] { return replies.size() == 2; }));
  EXPECT_EQ(streamed, "one two");
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(replies[1].status, 403);
  EXPECT_EQ(replies[1].body, "no");
}

TEST_F(HttpClientTest, NamesTheCauseOfAFailure) {
  std::string refused;
  {
    PlainServer server(loop_, nullptr);
    refused = server.url();
  }
  EXPECT_EQ(get({refused}).error().message,
            "connect: Connection refused; is the server running, and is this its address?");

  PlainServer half(loop_, [](const auto& connection, const auto&) {
    connection->send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    connection->close();
  });
  EXPECT_EQ(get({half.url()}).error().message,
            "the connection was closed before the answer was complete");

  PlainServer mute(loop_, [](const auto&, const auto&) {});
  HttpRequest impatient{mute.url()};
  impatient.timeout = std::chrono::seconds(1);
  EXPECT_EQ(get(impatient).error().message, "no answer in time");

  PlainServer long_winded(loop_, [](const auto& connection, const auto&) {
    connection->send(http_answer(200, std::string(2000, 'x')));
  });
  HttpRequest bounded{long_winded.url()};
  bounded.body_limit = 1999;
  EXPECT_EQ(get(bounded).error().message, "the answer is longer than 1999 bytes");
  bounded.body_limit = 2000;
  EXPECT_TRUE(get(bounded));

  EXPECT_FALSE(get({"file:///etc/hostname"}));
}

TEST_F(HttpClientTest, IsSilentAfterCancelEvenFromItsOwnHandler) {
  PlainServer server(loop_, [](const auto& connection, const auto&) {
    connection->send(kStreamHead);
    connection->send(stream_piece("one"));
    connection->send(kStreamEnd);
  });
  int pieces = 0;
  bool called_later = false;
  HttpClient::Id id = 0;
  HttpClient::Handlers handlers;
  // The captures live in the exchange that is cancelled: they must outlive the call.
  handlers.data = [&, captured = std::string(64, 'c')](std::string_view) {
    client_.cancel(id);
    EXPECT_EQ(captured.back(), 'c');
    ++pieces;
  };
  handlers.done = [&](const auto&) { called_later = true; };
  id = client_.send({server.url()}, handlers);
  ASSERT_TRUE(run_until(loop_, [&] { return pieces == 1; }));
  client_.cancel(id);  // not known any more
  const auto other = client_.send({server.url()}, handlers);
  client_.cancel(other);
  loop_.restart();
  loop_.run_for(std::chrono::milliseconds(100));
  EXPECT_EQ(pieces, 1);
  EXPECT_FALSE(called_later);
}

TEST_F(HttpClientTest, CanBeDestroyedWithExchangesUnderWay) {
  PlainServer server(loop_,
                     [](const auto& connection, const auto&) { connection->send(kStreamHead); });
  {
    HttpClient client(loop_);
    bool opened = false;
    HttpClient::Handlers handlers;
    handlers.opened = [&] { opened = true; };
    handlers.done = [](const auto&) { ADD_FAILURE() << "called after destruction"; };
    client.send({server.url()}, handlers);
    ASSERT_TRUE(run_until(loop_, [&] { return opened; }));
    client.send({server.url()}, handlers);
  }
  loop_.restart();
  loop_.run_for(std::chrono::milliseconds(100));
}

// Certificates made once, by the tool everybody makes them with.
class HttpClientTlsTest : public HttpClientTest {
 protected:
  using Server = ScriptedServer<asio::ssl::stream<asio::ip::tcp::socket>>;

  static void SetUpTestSuite() {
    directory_ = std::filesystem::temp_directory_path() / ("isat-tls-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
    for (const std::string authority : {"ca", "other"}) {
      openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" +
              authority + " -keyout " + authority + ".key -out " + authority + ".crt");
    }
    std::ofstream(directory_ / "names") << "subjectAltName=DNS:api.example\n";
    for (const std::string name : {"server", "client"}) {
      openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name +
              " -keyout " + name + ".key -out " + name + ".csr");
      openssl("x509 -req -days 2 -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names -in " +
              name + ".csr -out " + name + ".crt");
    }
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(directory_); }

  static void openssl(const std::string& arguments) {
    const auto command = "cd " + directory_.string() + " && openssl " + arguments + " >> log 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  static std::string file(const std::string& name) { return directory_ / name; }
  static Pem inline_pem(const std::string& name) {
    std::ifstream stream(file(name));
    return {"", std::string(std::istreambuf_iterator<char>(stream), {})};
  }

  HttpClientTlsTest() {
    context_.use_certificate_file(file("server.crt"), asio::ssl::context::pem);
    context_.use_private_key_file(file("server.key"), asio::ssl::context::pem);
    context_.load_verify_file(file("ca.crt"));
    request_.url = "https://" + server_.address() + "/";
    request_.tls.authority = {file("ca.crt"), ""};
    request_.tls.server_name = "api.example";
  }

  static inline std::filesystem::path directory_;
  asio::ssl::context context_{asio::ssl::context::tls_server};
  Server server_{loop_,
                 [this](asio::ip::tcp::socket socket) {
                   return asio::ssl::stream<asio::ip::tcp::socket>(std::move(socket), context_);
                 },
                 [](const auto& connection, const auto&) {
                   connection->send(http_answer(200, "in confidence"));
                 }};
  HttpRequest request_;
};

TEST_F(HttpClientTlsTest, TrustsTheAuthorityGivenAsFileOrInline) {
  const auto by_file = get(request_);
  ASSERT_TRUE(by_file) << by_file.error().message;
  EXPECT_EQ(by_file->body, "in confidence");
  EXPECT_THAT(server_.requests().at(0).headers, HasSubstr("Host: " + server_.address() + "\r\n"));
  request_.tls.authority = inline_pem("ca.crt");
  HttpClient fresh(loop_);  // the other has a connection that is already trusted
  bool done = false;
  HttpClient::Handlers handlers;
  handlers.done = [&](const Result<HttpReply>& reply) { done = reply.has_value(); };
  fresh.send(request_, handlers);
  EXPECT_TRUE(run_until(loop_, [&] { return done; }));
}

TEST_F(HttpClientTlsTest, RefusesACertificateOfAnotherAuthorityOrName) {
  request_.tls.authority = {file("other.crt"), ""};
  EXPECT_THAT(get(request_).error().message,
              HasSubstr("the server's certificate is not trusted by " + file("other.crt")));
  request_.tls.authority = {};
  EXPECT_THAT(get(request_).error().message,
              HasSubstr("is not trusted by the system's authorities"));
  request_.tls.authority = {file("ca.crt"), ""};
  request_.tls.server_name = "";  // verified as 127.0.0.1
  EXPECT_THAT(get(request_).error().message, HasSubstr("is not trusted by " + file("ca.crt")));
  EXPECT_TRUE(server_.requests().empty());
  request_.tls.insecure = true;
  EXPECT_TRUE(get(request_));
}

TEST_F(HttpClientTlsTest, ShowsItsCertificateAndNamesOneThatIsMissing) {
  context_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  EXPECT_FALSE(get(request_));
  request_.tls.certificate = {file("client.crt"), ""};
  request_.tls.key = {file("client.key"), ""};
  EXPECT_TRUE(get(request_));
  request_.tls.certificate = inline_pem("client.crt");
  request_.tls.key = inline_pem("client.key");
  EXPECT_TRUE(get(request_));
  request_.tls.certificate = {file("absent.crt"), ""};
  EXPECT_THAT(get(request_).error().message, HasSubstr(file("absent.crt")));
  request_.tls = {};
  request_.tls.authority = {file("absent-ca.crt"), ""};
  EXPECT_THAT(get(request_).error().message, HasSubstr(file("absent-ca.crt")));
}

}  // namespace
}  // namespace isat
