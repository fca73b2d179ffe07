// SPDX-License-Identifier: Apache-2.0
// Keeps the ServiceL2Status objects of the API at what this node holds.
#include "control/l2_status_writer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "control/json_field.h"
#include "control/object_name.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

constexpr auto kPause = 200ms;  // what changes within it is one change
constexpr auto kPace = 20ms;    // between two writes: fifty a second at most, of one node
// Planned at one go: few enough to be still true when written, so many that a plan's work, which
// grows with the Services, is not done for each.
constexpr std::size_t kAtOnce = 100;
constexpr int kWaits = 5;  // pauses, for the watch to show what was written

// Of this collection no two objects have the same; it is in one namespace.
std::string bare_name(const nlohmann::json& object) {
  return text_field(object, {"metadata", "name"});
}

}  // namespace

L2StatusWriter::L2StatusWriter(asio::io_context& loop, HttpClient& client,
                               const ClusterAccess& access, L2StatusSettings settings,
                               const Random& random, CurrentHoldings holdings, ApiReporter& events,
                               std::shared_ptr<spdlog::logger> log)
    : settings_(std::move(settings)),
      path_("/apis/metallb.io/v1beta1/namespaces/" + settings_.namespace_name +
            "/servicel2statuses"),
      holdings_(std::move(holdings)),
      events_(events),
      log_(std::move(log)),
      writer_(client, access),
      backoff_(1s, 60s, random),
      timer_(loop),
      statuses_(loop, client, access, collection(), random,
                {[this](const nlohmann::json& object) {
                   known_[object_name(object)] = parse_service_l2_status(object);
                   saw(bare_name(object));
                 },
                 [this](const std::string& name) {
                   known_.erase(name);
                   saw(name.substr(name.find('/') + 1));
                 },
                 [this] {
                   std::vector<std::string> names;
                   for (const auto& [name, status] : known_) names.push_back(name);
                   return names;
                 }},
                FollowedCollection::WhenAbsent::kEmpty,
                {[this] { review(); }, [this] { review(); }}) {}

ResourceWatchSettings L2StatusWriter::collection() const {
  auto watch = settings_.watch;
  watch.path = path_;
  watch.resource = "servicel2statuses.metallb.io in namespace " + settings_.namespace_name;
  return watch;
}

void L2StatusWriter::stop() {
  statuses_.stop();
  timer_.cancel();
}

const std::string& L2StatusWriter::trouble() const {
  return statuses_.lost_cause().empty() ? trouble_ : statuses_.lost_cause();
}

// Who has nothing to say, as before the first view, says nothing of this either: an API that is
// away is one piece of news, and the source's.
void L2StatusWriter::tell_loss() {
  const auto& cause = statuses_.lost_cause();
  if (std::exchange(told_loss_, cause) == cause) return;
  if (cause.empty()) {
    log_->info("who announces what is written to ServiceL2Status objects again");
  } else {
    log_->warn("{}; who announces what is not written there, trying again", cause);
  }
}

void L2StatusWriter::review() {
  if (!busy_) judge_after(kPause);
}

void L2StatusWriter::judge_after(std::chrono::milliseconds pause) {
  busy_ = true;
  timer_.start(pause, [this] { judge(); });
}

void L2StatusWriter::judge() {
  if (!awaited_.empty() && ++waits_ < kWaits) return judge_after(kPause);
  awaited_.clear();
  waits_ = 0;
  busy_ = false;
  const bool lost = !statuses_.lost_cause().empty();
  if (!statuses_.listed() && !lost) return;
  const auto holdings = holdings_();
  if (!holdings) return;
  tell_loss();
  tell_events(*holdings);
  if (lost || statuses_.absent()) return;
  plan(*holdings);
  // All is as it should be: a write whose answer said otherwise was carried out all the same.
  if (writes_.empty()) return written();
  write_next();
}

void L2StatusWriter::written() {
  if (!std::exchange(trouble_, "").empty()) log_->info("ServiceL2Status objects are written again");
  backoff_.reset();
}

void L2StatusWriter::tell_events(const Holdings& holdings) {
  std::vector<ServiceL2Status> known;
  if (!told_) {
    for (const auto& [name, status] : known_) known.push_back(status);
    told_ = told_before(settings_.node, known);
  }
  for (const auto& event : holding_events(settings_.node, *told_, holdings)) events_.report(event);
  told_ = holdings;
}

void L2StatusWriter::plan(const Holdings& holdings) {
  std::vector<ServiceL2Status> known;
  for (const auto& [name, status] : known_) known.push_back(status);
  const auto plan = plan_statuses(settings_.node, holdings, known);
  const auto add = [this](ApiWrite write) {
    if (writes_.size() < kAtOnce) writes_.push_back(std::move(write));
  };
  for (const auto& name : plan.to_delete) {
    add({HttpMethod::kDelete, path_ + "/" + name, "servicel2statuses"});
  }
  for (const auto& status : plan.to_update) {
    add({HttpMethod::kPatch, path_ + "/" + status.name + "/status", "servicel2statuses/status",
         status_patch_json(status)});
  }
  for (const auto& status : plan.to_create) {
    add({HttpMethod::kPost, path_, "servicel2statuses",
         new_status_json(status, settings_.namespace_name, settings_.pod)});
  }
}

void L2StatusWriter::write_next() {
  busy_ = true;
  if (writes_.empty()) return judge_after(kPause);  // what was written may call for more
  auto write = std::move(writes_.front());
  writes_.pop_front();
  writer_.write(write, [this, write](const ApiAnswer& answer) { answered(write, answer); });
}

void L2StatusWriter::answered(const ApiWrite& write, const ApiAnswer& answer) {
  const bool deleted = write.method == HttpMethod::kDelete;
  // Somebody else was first, of which the watch will tell; but nothing is created where the
  // namespace is missing.
  const bool outdated = answer.conflict() || (answer.absent() && write.method != HttpMethod::kPost);
  if (!answer.done() && !outdated) {
    if (std::exchange(trouble_, answer.cause).empty()) log_->warn("{}; trying again", answer.cause);
    writes_.clear();
    return judge_after(backoff_.next());
  }
  written();
  if (answer.done()) {
    const auto name = deleted ? write.path.substr(path_.size() + 1) : bare_name(answer.object);
    awaited_[name] = deleted ? "" : text_field(answer.object, {"metadata", "resourceVersion"});
    saw(name);  // perhaps it came first
  }
  timer_.start(kPace, [this] { write_next(); });
}

void L2StatusWriter::saw(const std::string& name) {
  const auto awaited = awaited_.find(name);
  if (awaited == awaited_.end()) return;
  const auto found = known_.find(settings_.namespace_name + "/" + name);
  const auto version = found == known_.end() ? std::string() : found->second.version;
  if (version == awaited->second) awaited_.erase(awaited);
}

}  // namespace isat
