// SPDX-License-Identifier: Apache-2.0
// Writes Events of the Kubernetes API.
#include "control/api_events.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "control/json_field.h"
#include "control/wall_clock.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

constexpr auto kPace = 20ms;  // between two: the first view of thousands of Services is no flood
constexpr std::size_t kMost = 10'000;  // waiting; then the oldest goes
constexpr int kTries = 5;              // of one; it may be its own fault, and others wait

// The API wants an Event in the namespace of what it is about.
std::string namespace_of(const ObjectReference& about) {
  return about.namespace_name.empty() ? "default" : about.namespace_name;
}

// A second Event of the same name is refused: that is how one of all nodes writes what all find.
std::string number_of(const ApiEvent& event) {
  return fmt::format("{:x}",
                     std::hash<std::string>{}(event.about.uid + event.reason + event.message));
}

}  // namespace

ApiEvents::ApiEvents(asio::io_context& loop, ApiWriter& writer, std::string node, Random random,
                     std::shared_ptr<spdlog::logger> log)
    : writer_(writer),
      node_(std::move(node)),
      log_(std::move(log)),
      backoff_(1s, 60s, std::move(random)),
      timer_(loop) {}

void ApiEvents::report(const ApiEvent& event) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  last_number_ = std::max<std::int64_t>(last_number_ + 1, std::chrono::nanoseconds(now).count());
  const auto number = event.shared ? number_of(event) : fmt::format("{:x}", last_number_);
  if (pending_.size() == kMost) pending_.pop_front();
  pending_.push_back({event, event.about.name + "." + number, wall_time()});
  proceed();
}

void ApiEvents::proceed() {
  if (busy_ || pending_.empty()) return;
  busy_ = true;
  under_way_ = std::move(pending_.front());
  pending_.pop_front();
  if (under_way_.event.about.uid.empty() && under_way_.event.about.kind == "Service") {
    find_uid();
  } else {
    write();
  }
}

void ApiEvents::find_uid() {
  const auto& about = under_way_.event.about;
  ApiWrite request;
  request.method = HttpMethod::kGet;
  request.path = "/api/v1/namespaces/" + about.namespace_name + "/services/" + about.name;
  request.resource = "services";
  writer_.write(request, [this](const ApiAnswer& answer) {
    if (answer.absent()) return rest(kPace);  // nobody would find the Event
    if (!answer.done()) return failed(answer.cause);
    under_way_.event.about.uid = text_field(answer.object, {"metadata", "uid"});
    write();
  });
}

void ApiEvents::write() {
  ApiWrite request;
  request.method = HttpMethod::kPost;
  request.path = "/api/v1/namespaces/" + namespace_of(under_way_.event.about) + "/events";
  request.resource = "events";
  request.object = event_json();
  writer_.write(request, [this](const ApiAnswer& answer) { answered(answer); });
}

void ApiEvents::answered(const ApiAnswer& answer) {
  // Absent: the namespace, and with it what this is about.
  if (!answer.done() && !answer.conflict() && !answer.absent()) return failed(answer.cause);
  if (!std::exchange(trouble_, "").empty()) log_->info("Events can be written again");
  backoff_.reset();
  rest(kPace);
}

void ApiEvents::failed(const std::string& cause) {
  if (std::exchange(trouble_, cause).empty()) log_->warn("{}; trying again", cause);
  if (++under_way_.tries < kTries) pending_.push_back(std::move(under_way_));
  rest(backoff_.next());
}

void ApiEvents::rest(std::chrono::milliseconds pause) {
  timer_.start(pause, [this] {
    busy_ = false;
    proceed();
  });
}

nlohmann::json ApiEvents::event_json() const {
  const auto& [event, name, time, tries] = under_way_;
  const auto& about = event.about;
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata", {{"name", name}, {"namespace", namespace_of(about)}}},
          {"involvedObject",
           {{"apiVersion", about.api_version},
            {"kind", about.kind},
            {"namespace", about.namespace_name},
            {"name", about.name},
            {"uid", about.uid}}},
          {"type", event.type == ApiEvent::Type::kNormal ? "Normal" : "Warning"},
          {"reason", event.reason},
          {"message", event.message},
          {"source", {{"component", "isat-speaker"}, {"host", node_}}},
          {"reportingComponent", "isat-speaker"},
          {"reportingInstance", node_},
          {"firstTimestamp", time},
          {"lastTimestamp", time},
          {"count", 1}};
}

}  // namespace isat
