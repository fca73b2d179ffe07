// SPDX-License-Identifier: Apache-2.0
// Follows one collection of the Kubernetes API: lists it, then watches it, for ever.
#include "control/resource_watch.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "control/api_refusal.h"
#include "control/json_field.h"

namespace isat {

namespace {

constexpr long kOk = 200;
constexpr long kBadRequest = 400;
constexpr long kUnauthorised = 401;
constexpr long kNotFound = 404;
constexpr long kGone = 410;
// A server may ask for patience, not for being forgotten.
constexpr std::chrono::seconds kLongestRetryAfter{60};

}  // namespace

ResourceWatch::ResourceWatch(asio::io_context& loop, HttpClient& client, ClusterAccess access,
                             ResourceWatchSettings settings, Random random, Handlers handlers)
    : client_(client),
      access_(std::move(access)),
      settings_(std::move(settings)),
      random_(std::move(random)),
      handlers_(std::move(handlers)),
      backoff_(settings_.backoff_base, settings_.backoff_cap, random_),
      retry_timer_(loop),
      watch_timer_(loop) {}

void ResourceWatch::start() {
  stop();
  running_ = true;
  relist();
  retry_timer_.start(std::chrono::milliseconds(0), [this] { proceed(); });
}

void ResourceWatch::stop() {
  running_ = false;
  retry_timer_.cancel();
  drop_exchange();
}

void ResourceWatch::drop_exchange() {
  watch_timer_.cancel();
  if (exchange_) client_.cancel(*std::exchange(exchange_, std::nullopt));
}

void ResourceWatch::proceed() {
  step_ = version_.empty() ? "list" : "watch";
  const auto token = bearer_token(access_);
  if (!token) return retry({token.error().message});
  token_ = *token;
  if (version_.empty()) {
    list(token_);
  } else {
    watch(token_);
  }
}

void ResourceWatch::list(const std::string& token) {
  HttpRequest request{access_.server + settings_.path, {}, token, access_.tls};
  request.query = {{"limit", std::to_string(settings_.page)}};
  if (!continue_.empty()) request.query.emplace_back("continue", continue_);
  request.timeout = settings_.page_timeout;
  exchange_ = client_.send(request, {{}, {}, [this](const Result<HttpReply>& reply) {
                                       exchange_.reset();
                                       take_page(reply);
                                     }});
}

void ResourceWatch::take_page(const Result<HttpReply>& reply) {
  if (!reply) return retry({reply.error().message});
  if (is_absent(*reply)) return absent();
  if (reply->status != kOk) {
    if (reply->status == kGone) relist();
    return retry(refused(*reply));
  }
  const auto page = tell_page(reply->body);
  if (!running_) return;
  const auto* items = json_field(page, {"items"});
  const auto version = text_field(page, {"metadata", "resourceVersion"});
  // An empty collection has null for its items.
  if (page.is_discarded() || version.empty() || items == nullptr ||
      !(items->is_array() || items->is_null())) {
    relist();
    return retry({"the answer is not a list of the Kubernetes API"});
  }
  continue_ = text_field(page, {"metadata", "continue"});
  if (continue_.empty()) {
    version_ = version;  // that of every page of one list
    handlers_.end_list();
  }
  if (running_) proceed();
}

// Tells each object as soon as it is parsed, and forgets it: a page as a tree is ten times its
// text. Returns the page without its objects. If it turns out to be damaged, the list begins anew.
nlohmann::json ResourceWatch::tell_page(const std::string& body) {
  using Parsing = nlohmann::json::parse_event_t;
  if (continue_.empty()) handlers_.begin_list();
  bool in_items = false;
  return nlohmann::json::parse(
      body,
      [&](int depth, Parsing event, nlohmann::json& parsed) {
        if (event == Parsing::key) {
          if (depth == 1) in_items = parsed == "items";
          return parsed != "managedFields";  // a third of an object, and nobody's business here
        }
        if (event != Parsing::object_end || depth != 2 || !in_items) return true;
        if (running_) handlers_.list(parsed);
        return false;
      },
      false);
}

void ResourceWatch::watch(const std::string& token) {
  const auto range = static_cast<double>((settings_.watch_most - settings_.watch_least).count());
  const auto length =
      settings_.watch_least + std::chrono::seconds(static_cast<int>(range * random_()));
  HttpRequest request{access_.server + settings_.path, {}, token, access_.tls};
  request.query = {{"watch", "true"},
                   {"allowWatchBookmarks", "true"},
                   {"resourceVersion", version_},
                   {"timeoutSeconds", std::to_string(length.count())}};
  // Bookmarks come about once a minute, but no server promises them: silence alone is no failure.
  request.timeout = length + settings_.watch_grace;
  stream_ = WatchStream();
  HttpClient::Handlers handlers;
  // An API server that is starting accepts connections long before it answers.
  watch_timer_.start(settings_.watch_open, [this] { retry({"no answer in time"}); });
  handlers.opened = [this] { watch_timer_.start(settings_.settle, [this] { settled(); }); };
  handlers.data = [this](std::string_view piece) { take_piece(piece); };
  handlers.done = [this](const Result<HttpReply>& reply) {
    exchange_.reset();
    end_watch(reply);
  };
  exchange_ = client_.send(request, std::move(handlers));
}

void ResourceWatch::take_piece(std::string_view piece) {
  const auto fed =
      stream_.feed(piece, [this](const WatchEvent& event) { return take_event(event); });
  if (fed) return;
  // What came before the damage was told; whether anything was lost in it only a list can say.
  relist();
  retry({fed.error().message});
}

bool ResourceWatch::take_event(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kError) {
    const HttpReply status{
        static_cast<long>(number_field(event.object, {"code"})), event.object.dump(), {}};
    relist();
    retry(refused(status));
    return false;
  }
  auto version = text_field(event.object, {"metadata", "resourceVersion"});
  if (version.empty()) {
    relist();
    retry({"an event without a resourceVersion"});
    return false;
  }
  version_ = std::move(version);
  if (event.type == WatchEvent::Type::kDeleted) {
    handlers_.deleted(event.object);
  } else if (event.type != WatchEvent::Type::kBookmark) {
    handlers_.changed(event.object);
  }
  return running_;
}

void ResourceWatch::end_watch(const Result<HttpReply>& reply) {
  if (!reply) return retry({reply.error().message});
  if (is_absent(*reply)) return absent();
  if (reply->status != kOk) {
    // 400: the API does not even understand the version; it may be another cluster's by now.
    if (reply->status == kGone || reply->status == kBadRequest) relist();
    return retry(refused(*reply));
  }
  if (stream_.in_event()) return retry({"the server stopped in the middle of an event"});
  retry({"the server ended the watch as soon as it had begun", true});
}

// Only if the API itself says so: its words for a group or a resource that nobody defined. Anything
// on the way may answer 404 too.
bool ResourceWatch::is_absent(const HttpReply& reply) const {
  return reply.status == kNotFound && handlers_.absent &&
         reply.body.starts_with("404 page not found");
}

void ResourceWatch::absent() {
  drop_exchange();
  relist();
  settled();
  if (running_) handlers_.absent();
  if (running_) retry_timer_.start(settings_.absent_pause, [this] { proceed(); });
}

ResourceWatch::Setback ResourceWatch::refused(const HttpReply& reply) const {
  const bool rotated = reply.status == kUnauthorised && token_rotated();
  return {
      explain_refusal(reply, "grant list and watch on " + settings_.resource + " to this account"),
      reply.status == kGone || rotated, reply.retry_after};
}

bool ResourceWatch::token_rotated() const {
  const auto token = bearer_token(access_);
  return token && *token != token_;
}

void ResourceWatch::retry(const Setback& setback) {
  drop_exchange();
  if (setback.normal && !std::exchange(retried_at_once_, true)) {
    ++restarts_.normal;
    retry_timer_.start(std::chrono::milliseconds(0), [this] { proceed(); });
    return;
  }
  ++restarts_.failed;
  const auto pause = std::max<std::chrono::milliseconds>(
      backoff_.next(), std::min(setback.retry_after, kLongestRetryAfter));
  retry_timer_.start(pause, [this] { proceed(); });
  const auto cause = step_ + (" " + access_.server) + settings_.path + ": " + setback.cause;
  if (cause == lost_cause_) return;
  lost_cause_ = cause;
  handlers_.in_touch(false, cause);
}

void ResourceWatch::settled() {
  backoff_.reset();
  retried_at_once_ = false;
  if (!std::exchange(lost_cause_, {}).empty()) handlers_.in_touch(true, "");
}

}  // namespace isat
