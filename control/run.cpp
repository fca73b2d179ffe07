// SPDX-License-Identifier: Apache-2.0
// Puts the speaker together from its real parts and runs the loop.
#include "control/run.h"

#include <unistd.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "control/boot_clock.h"
#include "control/configuration_file.h"
#include "control/file_source.h"
#include "control/http_endpoint.h"
#include "control/kubernetes_source.h"
#include "control/log.h"
#include "control/metrics.h"
#include "control/speaker_loop.h"
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
    read_events();
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
    if (auto opened = open_speaker(configuration); !opened) return opened;
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
    source_ = std::move(*source);
    return {};
  }

  Result<void> open_speaker(const Configuration& configuration) {
    membership_.emplace(options_.node.empty() ? host_name() : options_.node);
    metrics_.emplace(*data_plane_, boot_now);
    for (const auto* map : {"announced_v4", "announced_v6"}) {
      metrics_->set_map_capacity(map, configuration.capacity);
    }
    SpeakerHooks hooks;
    hooks.gratuitous_sent = [this](Family family) { metrics_->gratuitous_sent(family); };
    hooks.gratuitous_failed = [this] { metrics_->gratuitous_failed(); };
    hooks.reconciled = [this](std::chrono::nanoseconds took, std::size_t failures) {
      metrics_->reconciled(took, failures);
    };
    hooks.wake_changed = [this] { speaker_loop_->rearm(); };
    auto speaker = Speaker::make({*data_plane_, *interfaces_, groups_, *sender_, *source_,
                                  *membership_, *log_, std::chrono::steady_clock::now},
                                 std::move(hooks), configuration);
    if (!speaker) return tl::unexpected(speaker.error());
    speaker_ = std::move(*speaker);
    speaker_loop_.emplace(
        loop_, *speaker_, *interfaces_, [this] { file_->reload(); }, [this] { leave(); });
    return {};
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

  void read_events() {
    events_ready_.assign(events_->descriptor());
    wait_for_events();
  }

  void wait_for_events() {
    events_ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this](const asio::error_code& error) {
                               if (error) return;
                               for (const auto& event : events_->process()) {
                                 metrics_->event_seen(event.kind);
                                 speaker_->report(event);
                               }
                               wait_for_events();
                             });
  }

  std::string metrics() {
    const auto state = speaker_->snapshot();
    const auto groups = groups_.counts();
    metrics_->set_announcements(state.announcements);
    metrics_->set_announcement_failures(state.announcement_failures);
    metrics_->set_deadline(state.deadline);
    metrics_->set_source_in_touch(state.in_touch);
    metrics_->set_multicast_groups("wanted", groups.wanted);
    metrics_->set_multicast_groups("joined", groups.joined);
    metrics_->set_multicast_groups("failed", groups.failed);
    return metrics_->render();
  }

  Result<void> readiness() {
    const auto state = speaker_->snapshot();
    if (state.ready) return {};
    return fail(state.cause.empty() ? "interfaces are still being looked at" : state.cause);
  }

  void leave() {
    events_ready_.release();  // the descriptor is the reader's
    if (endpoint_) endpoint_->stop();
    file_->stop();
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
  std::unique_ptr<Interfaces> interfaces_;
  MulticastGroups groups_;
  std::unique_ptr<PacketSender> sender_;
  std::unique_ptr<AssignmentSource> source_;
  FileSource* file_source_ = nullptr;  // source_, when it is one
  std::optional<NoMembership> membership_;
  std::optional<Metrics> metrics_;
  std::unique_ptr<Speaker> speaker_;
  std::optional<SpeakerLoop> speaker_loop_;
  std::unique_ptr<HttpEndpoint> endpoint_;
};

}  // namespace

int run_speaker(const Environment& environment, const RunOptions& options) {
  const auto ran = Process(environment, options).run();
  if (ran) return kSuccess;
  environment.err << ran.error().message << "\n";
  return kFailure;
}

}  // namespace isat
