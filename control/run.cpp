// SPDX-License-Identifier: Apache-2.0
// Puts the speaker together from its real parts and runs the loop.
#include "control/run.h"

#include <unistd.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "control/boot_clock.h"
#include "control/cluster_reports.h"
#include "control/configuration_file.h"
#include "control/directory_watch.h"
#include "control/file_source.h"
#include "control/http_endpoint.h"
#include "control/kubernetes_source.h"
#include "control/lease_membership.h"
#include "control/log.h"
#include "control/metallb_metrics.h"
#include "control/metrics.h"
#include "control/service_manager.h"
#include "control/source_metrics.h"
#include "control/speaker_loop.h"
#include "control/status_socket.h"
#include "dataplane/drain_mark.h"
#include "dataplane/event_reader.h"
#include "dataplane/interfaces.h"
#include "dataplane/xdp_data_plane.h"

namespace isat {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

XdpSettings settings_of(const Configuration& configuration) {
  return {configuration.pin,
          configuration.capacity,
          {configuration.mode == Mode::kObserve,
           configuration.after_deadline == AfterDeadline::kSilent}};
}

// The parts in the order in which each needs those before it; they go in the opposite order.
class Process {
 public:
  Process(const Environment& environment, RunOptions options)
      : environment_(environment), options_(std::move(options)) {}

  Result<void> run() {
    if (auto opened = open(); !opened) return opened;
    file_->start({[this](const Configuration& next) { accept(next); },
                  [this](const Error& error) { speaker_->configuration_refused(error); }});
    speaker_loop_->start();
    if (reports_) reports_->start();
    follow_drain_mark();
    read_events();
    follow_watchers();
    service_manager_.emplace(loop_, *log_);
    // Posted behind the file's first view: its addresses are answered for by then. The API may be
    // away for long, and to wait for it is no failure to start.
    asio::post(loop_, [this] { service_manager_->ready(); });
    loop_.run();
    return {};
  }

 private:
  Result<void> open() {
    auto file = ConfigurationFile::open(loop_, options_.configuration);
    if (!file) return tl::unexpected(file.error());
    file_ = std::move(*file);
    const auto configuration = with_options(file_->configuration());

    auto log = make_logger(environment_.err, configuration.log_level, configuration.log_format);
    if (!log) return tl::unexpected(log.error());
    log_ = std::move(*log);
    if (auto opened = open_data_plane(configuration); !opened) return opened;
    if (auto opened = open_source(configuration); !opened) return opened;
    metrics_.emplace(*data_plane_, boot_now);
    if (auto opened = open_membership(configuration); !opened) return opened;
    if (auto opened = open_reports(configuration); !opened) return opened;
    if (auto opened = open_speaker(configuration); !opened) return opened;
    open_status_socket(configuration);
    if (configuration.metrics_listen.empty()) return {};
    auto endpoint =
        HttpEndpoint::open(loop_, configuration.metrics_listen,
                           {[this] { return metrics(); }, [this] { return readiness(); }});
    if (!endpoint) return tl::unexpected(endpoint.error());
    endpoint_ = std::move(*endpoint);
    return {};
  }

  Result<void> open_data_plane(const Configuration& configuration) {
    auto data_plane = XdpDataPlane::open(settings_of(configuration));
    if (!data_plane) return tl::unexpected(data_plane.error());
    data_plane_ = std::move(*data_plane);
    auto events = EventReader::open(data_plane_->events_descriptor());
    if (!events) return tl::unexpected(events.error());
    events_ = std::move(*events);
    auto interfaces = Interfaces::open();
    if (!interfaces) return tl::unexpected(interfaces.error());
    interfaces_ = std::move(*interfaces);
    auto sender = PacketSender::open();
    if (!sender) return tl::unexpected(sender.error());
    sender_ = std::move(*sender);
    return {};
  }

  Result<void> open_source(const Configuration& configuration) {
    if (configuration.source == SourceKind::kFile) {
      auto source = std::make_unique<FileSource>(loop_, configuration);
      file_source_ = source.get();
      source_ = std::move(source);
      return {};
    }
    auto source =
        KubernetesSource::open(loop_, configuration.kubernetes, environment_.getenv, log_);
    if (!source) return tl::unexpected(source.error());
    kubernetes_source_ = source->get();
    source_ = std::move(*source);
    return {};
  }

  Result<void> open_reports(const Configuration& configuration) {
    if (kubernetes_source_ == nullptr) return {};
    const auto& settings = configuration.kubernetes;
    const auto access = cluster_access(settings.kubeconfig, environment_.getenv);
    if (!access) return tl::unexpected(access.error());
    const auto& getenv = environment_.getenv;
    const L2StatusSettings reporting{
        membership_->node(),
        settings.namespace_name,
        {getenv("POD_NAME").value_or(""), getenv("POD_UID").value_or("")}};
    reports_.emplace(
        loop_, *access, reporting, seeded_random(), [this] { return speaker_->holdings(); }, log_);
    kubernetes_source_->set_reporter(&reports_->events());
    return {};
  }

  Result<void> open_membership(const Configuration& configuration) {
    const auto node = options_.node.empty() ? host_name() : options_.node;
    const auto& settings = configuration.kubernetes;
    if (configuration.source == SourceKind::kFile || settings.membership == MembershipKind::kNone) {
      membership_ = std::make_unique<NoMembership>(node);
      return {};
    }
    const auto access = cluster_access(settings.kubeconfig, environment_.getenv);
    if (!access) return tl::unexpected(access.error());
    const auto identity = lease_identity(node, configuration.pin, environment_.getenv);
    if (!identity) return tl::unexpected(identity.error());
    LeaseHooks hooks;
    hooks.renewed = [this](std::chrono::nanoseconds took) { metrics_->lease_renewed(took); };
    hooks.failed = [this] { metrics_->lease_failed(); };
    membership_ = std::make_unique<LeaseMembership>(
        loop_, *access, settings, *identity, seeded_random(), boot_now, std::move(hooks), log_);
    return {};
  }

  Result<void> open_speaker(const Configuration& configuration) {
    for (const auto* map : {"announced_v4", "announced_v6"}) {
      metrics_->set_map_capacity(map, configuration.capacity);
    }
    SpeakerHooks hooks;
    hooks.gratuitous_sent = [this](const Address& address) { metrics_->gratuitous_sent(address); };
    hooks.gratuitous_failed = [this] { metrics_->gratuitous_failed(); };
    hooks.reconciled = [this](std::chrono::nanoseconds took, const Reconciler::Report& report) {
      metrics_->reconciled(took, report);
      if (reports_) reports_->review();
    };
    hooks.source_lost = [this] { metrics_->source_lost(); };
    hooks.wake_changed = [this] {
      speaker_loop_->rearm();
      if (reports_) reports_->review();
    };
    auto speaker = Speaker::make({*data_plane_, *interfaces_, groups_, *sender_, *source_,
                                  *membership_, *log_, std::chrono::steady_clock::now, boot_now},
                                 std::move(hooks), configuration);
    if (!speaker) return tl::unexpected(speaker.error());
    speaker_ = std::move(*speaker);
    speaker_loop_.emplace(
        loop_, *speaker_, *interfaces_, [this] { file_->reload(); }, [this] { leave(); });
    return {};
  }

  // A speaker that cannot be asked answers all the same.
  void open_status_socket(const Configuration& configuration) {
    auto socket = StatusSocket::open(loop_, configuration.pin, [this] { return account(); });
    if (socket) {
      status_socket_ = std::move(*socket);
    } else {
      log_->warn("{}", socket.error().message);
    }
  }

  std::string account() {
    const auto& node = membership_->node();
    auto state = speaker_->snapshot();
    if (reports_) state.failures.merge(reports_->troubles());
    return account_json({node, std::move(state), source_->report(node), speaker_->accounts(),
                         source_->standings(node), membership_->members()})
        .dump();
  }

  // What the command line says wins over the file, at every reading of it.
  [[nodiscard]] Configuration with_options(Configuration configuration) const {
    if (!options_.kubeconfig.empty()) configuration.kubernetes.kubeconfig = options_.kubeconfig;
    return configuration;
  }

  void accept(const Configuration& next) {
    speaker_->configure(with_options(next));
    if (file_source_ != nullptr && next.source == SourceKind::kFile) file_source_->update(next);
  }

  // A word of an earlier speaker's is not ours; the mark itself counts from the start.
  void follow_drain_mark() {
    drain_mark_.emplace(speaker_->running().pin);
    if (const auto taken = drain_mark_->take_back(); !taken) {
      log_->error("{}", taken.error().message);
    }
    obey_drain_mark();
    drain_watch_.emplace(loop_, speaker_->running().pin, std::chrono::milliseconds(0));
    drain_watch_->start({[this] { obey_drain_mark(); },
                         [this](const Error& error) { log_->error("{}", error.message); }});
  }

  void obey_drain_mark() {
    const bool wanted = drain_mark_->is_set();
    if (wanted == speaker_->is_drained()) return;
    if (!wanted) return speaker_->undrain();
    speaker_->drain([this] {
      if (const auto done = drain_mark_->confirm(); !done) log_->error("{}", done.error().message);
    });
  }

  void read_events() {
    events_ready_.assign(events_->descriptor());
    wait_for_events();
  }

  void wait_for_events() {
    events_ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this](const asio::error_code& error) {
                               if (error) return;
                               for (const auto& event : events_->process()) {
                                 metrics_->event_seen(event.kind, speaker_->report(event));
                               }
                               wait_for_events();
                             });
  }

  // A look at eight numbers; frames are shown, and paid for, only while somebody watches them.
  void follow_watchers() {
    constexpr std::chrono::milliseconds kEvery{500};
    const auto followed = data_plane_->follow_watchers(boot_now());
    const auto cause = followed ? std::string() : followed.error().message;
    if (cause != std::exchange(watch_trouble_, cause) && !cause.empty()) {
      log_->error("{}; `isat watch --frames` may show nothing", cause);
    }
    watchers_.expires_after(kEvery);
    watchers_.async_wait([this](const asio::error_code& error) {
      if (!error) follow_watchers();
    });
  }

  std::string metrics() {
    const auto state = speaker_->snapshot();
    const auto groups = groups_.counts();
    metrics_->set_announcements(state.announcements);
    metrics_->set_announcement_failures(state.announcement_failures);
    metrics_->set_deadline(state.deadline);
    metrics_->set_members(membership_->members().size());
    metrics_->set_source_in_touch(state.in_touch);
    metrics_->set_multicast_groups("wanted", groups.wanted);
    metrics_->set_multicast_groups("joined", groups.joined);
    metrics_->set_multicast_groups("failed", groups.failed);
    return metrics_->render(of_cluster(state.ready));
  }

  std::vector<prometheus::MetricFamily> of_cluster(bool loaded) {
    if (speaker_->running().source != SourceKind::kKubernetes) return {};
    const auto& node = membership_->node();
    const auto report = source_->report(node);
    auto announced = data_plane_->announcements();
    if (!announced) return {watch_restarts_total(report)};
    auto families = metallb_metrics({node, speaker_->assignments(), std::move(*announced),
                                     metrics_->gratuitous_frames(), report, loaded});
    families.push_back(watch_restarts_total(report));
    return families;
  }

  Result<void> readiness() {
    const auto state = speaker_->snapshot();
    if (state.ready) return {};
    return fail(state.cause.empty() ? "interfaces are still being looked at" : state.cause);
  }

  void leave() {
    events_ready_.release();  // the descriptor is the reader's
    if (endpoint_) endpoint_->stop();
    if (status_socket_) status_socket_->stop();
    if (reports_) reports_->stop();
    file_->stop();
    drain_watch_->stop();
    loop_.stop();
  }

  const Environment& environment_;
  RunOptions options_;
  asio::io_context loop_;
  std::unique_ptr<ConfigurationFile> file_;
  std::shared_ptr<spdlog::logger> log_;
  std::unique_ptr<XdpDataPlane> data_plane_;
  std::unique_ptr<EventReader> events_;
  asio::posix::stream_descriptor events_ready_{loop_};
  asio::steady_timer watchers_{loop_};
  std::string watch_trouble_;
  std::unique_ptr<Interfaces> interfaces_;
  MulticastGroups groups_;
  std::unique_ptr<PacketSender> sender_;
  std::optional<ClusterReports> reports_;  // the source's reporter
  std::unique_ptr<AssignmentSource> source_;
  FileSource* file_source_ = nullptr;              // source_, when it is one
  KubernetesSource* kubernetes_source_ = nullptr;  // likewise
  std::optional<Metrics> metrics_;
  std::unique_ptr<Membership> membership_;
  std::unique_ptr<Speaker> speaker_;
  std::optional<SpeakerLoop> speaker_loop_;
  std::optional<DrainMark> drain_mark_;
  std::optional<DirectoryWatch> drain_watch_;
  std::unique_ptr<HttpEndpoint> endpoint_;
  std::optional<ServiceManager> service_manager_;
  std::unique_ptr<StatusSocket> status_socket_;
};

}  // namespace

int run_speaker(const Environment& environment, const RunOptions& options) {
  const auto ran = Process(environment, options).run();
  if (ran) return kSuccess;
  environment.err << ran.error().message << "\n";
  return kFailure;
}

}  // namespace isat
