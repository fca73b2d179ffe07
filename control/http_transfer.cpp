// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange as libcurl sees it: options in, bytes and a result out.
#include "control/http_transfer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace isat {

namespace {

constexpr std::chrono::seconds kConnectTimeout{10};
// A peer that vanished without a word is found after 15 + 3 * 5 s, in both directions.
constexpr int kKeepaliveIdle = 15;
constexpr int kKeepaliveInterval = 5;
constexpr int kKeepaliveProbes = 3;

void set_pem(CURL* easy, const Pem& pem, CURLoption file, CURLoption blob) {
  if (!pem.file.empty()) curl_easy_setopt(easy, file, pem.file.c_str());
  if (pem.text.empty()) return;
  // libcurl only reads the bytes, and copies them.
  curl_blob bytes{const_cast<char*>(pem.text.data()), pem.text.size(), CURL_BLOB_COPY};
  curl_easy_setopt(easy, blob, &bytes);
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return byte < ' '; }, ' ');
  return text;
}

std::string described(const Pem& pem, const std::string& inline_name, const std::string& absent) {
  if (!pem.file.empty()) return pem.file;
  return pem.text.empty() ? absent : inline_name;
}

std::string escaped_query(CURL* easy, const HttpRequest& request) {
  std::string query;
  for (const auto& [name, value] : request.query) {
    const std::unique_ptr<char, decltype(&curl_free)> escaped(
        curl_easy_escape(easy, value.data(), static_cast<int>(value.size())), &curl_free);
    query += (query.empty() ? "?" : "&") + name + "=" + escaped.get();
  }
  return query;
}

const char* method_name(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet:
      return "GET";
    case HttpMethod::kPost:
      return "POST";
    case HttpMethod::kPut:
      return "PUT";
    case HttpMethod::kPatch:
      return "PATCH";
    case HttpMethod::kDelete:
      return "DELETE";
  }
  return "GET";
}

// The host and port of a URL, as it writes them.
std::string authority_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

}  // namespace

HttpTransfer::HttpTransfer(const HttpRequest& request, HttpClient::Handlers callbacks,
                           std::function<void()> stored)
    : handlers(std::move(callbacks)),
      tls_(request.tls),
      body_limit_(request.body_limit),
      stored_(std::move(stored)),
      easy_(curl_easy_init()) {
  curl_easy_setopt(easy(), CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy(), CURLOPT_ERRORBUFFER, detail_.data());
  curl_easy_setopt(easy(), CURLOPT_HEADERFUNCTION, &HttpTransfer::receive_header);
  curl_easy_setopt(easy(), CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy(), CURLOPT_WRITEFUNCTION, &HttpTransfer::receive_body);
  curl_easy_setopt(easy(), CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy(), CURLOPT_SOCKOPTFUNCTION, &HttpTransfer::tune_socket);
  curl_easy_setopt(easy(), CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set_content(request);
  set_target(request);
  set_tls();
  set_limits(request);
}

void HttpTransfer::set_content(const HttpRequest& request) {
  if (request.method == HttpMethod::kGet) return;
  curl_easy_setopt(easy(), CURLOPT_CUSTOMREQUEST, method_name(request.method));
  // A DELETE says it all without a body; without one a POST or PUT says that it has length 0.
  if (request.body.empty() && request.method == HttpMethod::kDelete) return;
  curl_easy_setopt(easy(), CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy(), CURLOPT_COPYPOSTFIELDS, request.body.c_str());
  const auto type = "Content-Type: " + request.content_type;
  headers_.reset(curl_slist_append(headers_.release(), type.c_str()));
  // Waiting for "100 Continue" would cost a round trip, or a second with servers that never say it.
  headers_.reset(curl_slist_append(headers_.release(), "Expect:"));
}

void HttpTransfer::set_target(const HttpRequest& request) {
  std::string url = request.url;
  const auto authority = authority_of(url);
  if (!tls_.server_name.empty() && !authority.empty()) {
    // libcurl verifies the server by the host it was asked for: ask for the name, go to the host,
    // and keep the Host header that the server knows itself by.
    const bool has_port =
        authority.back() != ']' && authority.find_last_of(':') != std::string::npos;
    connect_to_.reset(
        curl_slist_append(nullptr, ("::" + authority + (has_port ? "" : ":443")).c_str()));
    curl_easy_setopt(easy(), CURLOPT_CONNECT_TO, connect_to_.get());
    const auto port = has_port ? authority.substr(authority.find_last_of(':')) : std::string();
    url.replace(url.find(authority), authority.size(), tls_.server_name + port);
    headers_.reset(curl_slist_append(headers_.release(), ("Host: " + authority).c_str()));
  }
  curl_easy_setopt(easy(), CURLOPT_URL, (url + escaped_query(easy(), request)).c_str());
  curl_easy_setopt(easy(), CURLOPT_PROTOCOLS_STR, "http,https");
  // HTTP/1.1: a connection of its own for every watch, which can die alone. HTTP/2 would put all of
  // them behind one TCP connection and one flow-control window.
  curl_easy_setopt(easy(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy(), CURLOPT_USERAGENT, "isat/" ISAT_VERSION);
  headers_.reset(curl_slist_append(headers_.release(), "Accept: application/json"));
  if (!request.bearer_token.empty()) {
    const auto header = "Authorization: Bearer " + request.bearer_token;
    headers_.reset(curl_slist_append(headers_.release(), header.c_str()));
  }
  curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, headers_.get());
}

void HttpTransfer::set_tls() {
  if (!tls_.authority.empty()) {
    // Without this the system's authorities would still be trusted beside the cluster's own.
    curl_easy_setopt(easy(), CURLOPT_CAPATH, nullptr);
    set_pem(easy(), tls_.authority, CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB);
  }
  set_pem(easy(), tls_.certificate, CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB);
  set_pem(easy(), tls_.key, CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB);
  if (tls_.insecure) {
    curl_easy_setopt(easy(), CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy(), CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

void HttpTransfer::set_limits(const HttpRequest& request) {
  curl_easy_setopt(easy(), CURLOPT_NOSIGNAL, 1L);
  // A resolver that hangs must not hold up cancel().
  curl_easy_setopt(easy(), CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy(), CURLOPT_CONNECTTIMEOUT, static_cast<long>(kConnectTimeout.count()));
  curl_easy_setopt(easy(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
}

int HttpTransfer::tune_socket(void*, curl_socket_t descriptor, curlsocktype) {
  const int on = 1;
  const int unacknowledged_ms = (kKeepaliveIdle + kKeepaliveProbes * kKeepaliveInterval) * 1000;
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepaliveIdle, sizeof kKeepaliveIdle);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &kKeepaliveInterval,
             sizeof kKeepaliveInterval);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &kKeepaliveProbes, sizeof kKeepaliveProbes);
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
             sizeof unacknowledged_ms);
  return CURL_SOCKOPT_OK;
}

std::size_t HttpTransfer::receive_header(char* data, std::size_t, std::size_t size, void* self) {
  auto* transfer = static_cast<HttpTransfer*>(self);
  // The empty line that ends the headers; those of an interim 1xx answer have that status.
  if (std::string_view(data, size) == "\r\n" && transfer->status() == 200) {
    transfer->opened = true;
    transfer->stored_();
  }
  return size;
}

std::size_t HttpTransfer::receive_body(char* data, std::size_t, std::size_t size, void* self) {
  auto* transfer = static_cast<HttpTransfer*>(self);
  if (transfer->handlers.data && transfer->status() == 200) {
    transfer->arrived.append(data, size);
    transfer->stored_();
    return size;
  }
  if (transfer->reply_.body.size() + size > transfer->body_limit_) {
    transfer->overflowed_ = true;
    return 0;
  }
  transfer->reply_.body.append(data, size);
  return size;
}

long HttpTransfer::status() const {
  long status = 0;
  curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

void HttpTransfer::finish(CURLcode code) {
  code_ = code;
  finished_ = true;
}

Result<HttpReply> HttpTransfer::result() {
  if (code_ != CURLE_OK) {
    long system_error = 0;
    curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &system_error);
    return fail(cause(), static_cast<int>(system_error));
  }
  reply_.status = status();
  curl_off_t retry_after = 0;
  curl_easy_getinfo(easy(), CURLINFO_RETRY_AFTER, &retry_after);
  reply_.retry_after = std::chrono::seconds(retry_after);
  return std::move(reply_);
}

// Spelt without what differs from try to try (ports, durations), so that the same cause reads the
// same.
std::string HttpTransfer::cause() const {
  if (overflowed_) {
    return "the answer is longer than " + std::to_string(body_limit_) + " bytes";
  }
  auto detail = one_line(detail_.front() != '\0' ? detail_.data() : curl_easy_strerror(code_));
  long system_error = 0;
  curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &system_error);
  switch (code_) {
    case CURLE_COULDNT_CONNECT:
      return "connect: " +
             (system_error != 0 ? std::strerror(static_cast<int>(system_error)) : detail) +
             "; is the server running, and is this its address?";
    case CURLE_COULDNT_RESOLVE_HOST:
      return detail + "; check the server's name and this node's DNS";
    case CURLE_OPERATION_TIMEDOUT:
      return status() == 0 ? "no answer in time" : "stalled: nothing more came in time";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "the server's certificate is not trusted by " +
             described(tls_.authority, "the authority inline in the kubeconfig",
                       "the system's authorities") +
             ": " + detail +
             "; name the authority that signed it, or the tls-server-name it is for";
    case CURLE_SSL_CACERT_BADFILE:
      return "read the certificate authority " +
             described(tls_.authority, "in the kubeconfig", "") + ": " + detail;
    case CURLE_SSL_CERTPROBLEM:
      return "use the client certificate " + described(tls_.certificate, "in the kubeconfig", "") +
             ": " + detail;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return "the connection was closed before the answer was complete";
    default:
      return detail;
  }
}

}  // namespace isat
