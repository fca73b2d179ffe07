// SPDX-License-Identifier: Apache-2.0
// Membership by one Lease for each node: the protocol's edge to the API, the clock and the loop.
#include "control/lease_membership.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "control/json_field.h"
#include "control/setting_text.h"
#include "control/text_file.h"
#include "control/wall_clock.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";
constexpr std::size_t kLongestBootId = 100;

// Two tries must fit into a duration: one that hangs is not the end.
std::chrono::milliseconds patience(const LeaseSettings& settings) {
  return std::max<std::chrono::milliseconds>(settings.duration / 2, 500ms);
}

ResourceWatchSettings watch_settings(const std::string& path, const LeaseSettings& settings) {
  ResourceWatchSettings watch;
  watch.path = path;
  watch.resource = "leases";
  // After an API server's restart all must be back before one of them concludes that another is
  // not.
  watch.backoff_base = 100ms;
  watch.backoff_cap = std::max<std::chrono::milliseconds>(settings.renew, 100ms);
  watch.page_timeout = watch.watch_open = patience(settings);
  return watch;
}

LeaseProtocol::Answer answer_of(const ApiAnswer& answer, bool created) {
  if (answer.done()) {
    return {LeaseProtocol::Outcome::kWritten,
            text_field(answer.object, {"metadata", "resourceVersion"}), ""};
  }
  // Absent: it was deleted, of which the watch will tell. When creating it is the namespace.
  const bool outdated = answer.conflict() || (answer.absent() && !created);
  return {outdated ? LeaseProtocol::Outcome::kConflict : LeaseProtocol::Outcome::kFailed, "",
          answer.cause};
}

}  // namespace

Result<LeaseIdentity> lease_identity(
    const std::string& node, const std::string& pin,
    const std::function<std::optional<std::string>(const std::string& name)>& environment) {
  auto boot_id = read_text_file(kBootId, kLongestBootId);
  if (!boot_id) return tl::unexpected(boot_id.error());
  boot_id->erase(boot_id->find_last_not_of(" \n") + 1);
  LeaseIdentity identity;
  identity.node = node;
  identity.note.version = ISAT_VERSION;
  identity.note.pod = environment("POD_UID").value_or(*boot_id);
  identity.note.place = *boot_id + pin;
  identity.holder = node + "_" + identity.note.pod;
  return identity;
}

LeaseMembership::LeaseMembership(asio::io_context& loop, const ClusterAccess& access,
                                 const KubernetesSettings& settings, LeaseIdentity identity,
                                 const Random& random, Clock now, LeaseHooks hooks,
                                 std::shared_ptr<spdlog::logger> log)
    : node_(identity.node),
      namespace_(settings.namespace_name),
      path_("/apis/coordination.k8s.io/v1/namespaces/" + namespace_ + "/leases"),
      write_timeout_(patience(settings.lease)),
      now_(std::move(now)),
      hooks_(std::move(hooks)),
      log_(std::move(log)),
      protocol_(std::move(identity), {settings.lease.duration, settings.lease.renew},
                settings.lease.restart_grace, random),
      client_(loop),
      writer_(client_, access),
      watch_(loop, client_, access, watch_settings(path_, settings.lease), random, handlers()),
      timer_(loop),
      restart_(loop) {}

ResourceWatch::Handlers LeaseMembership::handlers() {
  ResourceWatch::Handlers handlers;
  handlers.begin_list = [this] { protocol_.begin_list(); };
  handlers.list = [this](const nlohmann::json& object) {
    if (auto lease = parse_lease(object)) protocol_.list(std::move(*lease));
  };
  handlers.end_list = [this] {
    protocol_.end_list(now_());
    step();
  };
  handlers.changed = [this](const nlohmann::json& object) {
    if (const auto lease = parse_lease(object)) protocol_.changed(*lease, now_());
    step();
  };
  handlers.deleted = [this](const nlohmann::json& object) {
    if (const auto lease = parse_lease(object)) protocol_.deleted(*lease, now_());
    step();
  };
  handlers.in_touch = [this](bool in_touch, const std::string& cause) {
    if (in_touch) log_->info("in touch with the members again");
    lost_cause_ = cause;
    tell_trouble();
  };
  return handlers;
}

void LeaseMembership::start(Listener listener) {
  listener_ = std::move(listener);
  protocol_.start(now_());
  watch_.start();
  step();
}

void LeaseMembership::publish(std::vector<MemberInterface> interfaces) {
  protocol_.publish(std::move(interfaces));
  step();
}

// Perhaps from inside the listener: what else there is to tell comes first.
void LeaseMembership::stick_to(std::optional<std::set<std::string>> keys) {
  protocol_.stick_to(std::move(keys));
  timer_.start(0ms, [this] { step(); });
}

void LeaseMembership::leave(Leave how, std::set<Address> kept, std::function<void()> left) {
  left_ = std::move(left);
  listener_ = {};
  protocol_.leave(how, std::move(kept), now_());
  step();
}

// After everything that was handed to the protocol.
void LeaseMembership::step() {
  deliver();
  if (auto write = protocol_.next_write(now_())) send(std::move(*write));
  deliver();
  const auto wake = protocol_.next_wake();
  if (wake == BootTime::max()) {
    timer_.cancel();
    return;
  }
  const auto now = now_();
  const auto wait = wake > now ? std::chrono::ceil<std::chrono::milliseconds>(wake - now) : 0ms;
  timer_.start(wait, [this] {
    protocol_.tick(now_());
    step();
  });
}

void LeaseMembership::deliver() {
  const auto news = protocol_.take_news();
  tell(news);
  tell_trouble();
  for (const auto& dead : news.dead) release(dead);
  if (news.list_wanted) restart_.start(0ms, [this] { watch_.start(); });
  if (news.left) end();
}

void LeaseMembership::tell(const LeaseProtocol::News& news) {
  if (news.view_lost && listener_.view_lost) listener_.view_lost();
  if (news.members_changed) log_members();
  if (news.members_changed && listener_.members_changed) listener_.members_changed();
  if (news.deadline_moved && listener_.deadline_moved) listener_.deadline_moved();
  if (news.echoed && hooks_.renewed) hooks_.renewed(now_() - *news.echoed);
}

void LeaseMembership::tell_trouble() {
  const auto& trouble = protocol_.trouble().empty() ? lost_cause_ : protocol_.trouble();
  if (std::exchange(told_trouble_, trouble) == trouble) return;
  if (listener_.troubled) listener_.troubled(trouble);
}

void LeaseMembership::log_members() {
  std::string names;
  for (const auto& member : protocol_.members()) {
    names += (names.empty() ? "" : ", ") + member.node;
  }
  if (std::exchange(logged_members_, names) != names) {
    log_->info("{} members: {}", protocol_.members().size(), names);
  }
}

void LeaseMembership::send(LeaseProtocol::Write write) {
  auto& lease = write.lease;
  lease.renewed = wall_time();
  if (lease.acquired.empty()) lease.acquired = lease.renewed;
  const bool created = lease.version.empty();
  ApiWrite request;
  request.method = created ? HttpMethod::kPost : HttpMethod::kPut;
  request.path = created ? path_ : path_ + "/" + lease.node;
  request.resource = "leases";
  request.object = lease_json(lease, namespace_);
  request.timeout = write_timeout_;
  writer_.write(request, [this, number = write.number, created](const ApiAnswer& answer) {
    const auto told = answer_of(answer, created);
    if (told.outcome == LeaseProtocol::Outcome::kFailed && hooks_.failed) hooks_.failed();
    protocol_.answered(number, told, now_());
    step();
  });
}

// So that everybody knows at once, whoever comes later too, and so does the dead one if it is not.
void LeaseMembership::release(const Lease& dead) {
  log_->warn("node {} is gone: it did not renew its Lease for {}", dead.node,
             duration_text(dead.duration));
  ApiWrite request;
  request.method = HttpMethod::kPatch;
  request.path = path_ + "/" + dead.node;
  request.resource = "leases";
  request.object = {{"metadata", {{"resourceVersion", dead.version}}},
                    {"spec", {{"holderIdentity", ""}}}};
  request.timeout = write_timeout_;
  writer_.write(request, [log = log_](const ApiAnswer& answer) {
    // Others come to the same conclusion; one of them is the first.
    if (!answer.done() && !answer.conflict() && !answer.absent()) log->warn("{}", answer.cause);
  });
}

void LeaseMembership::end() {
  timer_.cancel();
  restart_.cancel();
  watch_.stop();
  if (const auto left = std::exchange(left_, nullptr)) left();
}

}  // namespace isat
