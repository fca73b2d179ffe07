// SPDX-License-Identifier: Apache-2.0
// Many members in one process: each keeps its Lease at a real API server and watches all others',
// as a speaker does, until the input ends; then all leave.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cstdio>
#include <deque>
#include <optional>

#include "control/boot_clock.h"
#include "control/kubeconfig.h"
#include "control/lease_membership.h"

namespace isat::bench {
namespace {

struct Options {
  std::string kubeconfig;
  std::size_t members = 200;
};

class Fleet {
 public:
  Fleet(const ClusterAccess& access, std::size_t size)
      : silent_(std::make_shared<spdlog::logger>("fleet")), random_(seeded_random()) {
    for (std::size_t number = 0; number < size; ++number) add(access, number);
  }

  void run() {
    input_.emplace(loop_, STDIN_FILENO);
    input_->async_wait(asio::posix::stream_descriptor::wait_read,
                       [this](const asio::error_code&) { leave(); });
    for (auto& each : members_) start(each);
    loop_.run();
  }

 private:
  void add(const ClusterAccess& access, std::size_t number) {
    LeaseIdentity identity;
    identity.node = "member-" + std::to_string(number);
    identity.holder = identity.node + "_fleet";
    identity.note.version = ISAT_VERSION;
    identity.note.pod = "fleet";
    identity.note.place = identity.node;
    members_.emplace_back(loop_, access, KubernetesSettings{}, std::move(identity), random_,
                          boot_now, LeaseHooks{}, silent_);
    const MacAddress mac{
        {2, 0, 0, 0, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}};
    members_.back().publish({{"eth0", mac, true}});
  }

  void start(LeaseMembership& member) {
    Membership::Listener listener;
    listener.members_changed = [this, &member, seen = false]() mutable {
      if (seen || member.members().size() < members_.size()) return;
      seen = true;
      if (++complete_ < members_.size()) return;
      std::puts("ready");
      std::fflush(stdout);
    };
    member.start(std::move(listener));
  }

  void leave() {
    input_.reset();
    for (auto& each : members_) {
      each.leave(Membership::Leave::kForGood, {}, [this] {
        if (++left_ == members_.size()) loop_.stop();
      });
    }
  }

  std::shared_ptr<spdlog::logger> silent_;  // without a sink
  Random random_;
  asio::io_context loop_;
  std::optional<asio::posix::stream_descriptor> input_;
  std::deque<LeaseMembership> members_;
  std::size_t complete_ = 0;  // members that saw all others
  std::size_t left_ = 0;
};

}  // namespace
}  // namespace isat::bench

int main(int argc, char** argv) {
  using namespace isat;
  bench::Options options;
  CLI::App app("Keeps many Leases; prints `ready` when each sees all, ends with its input.");
  app.add_option("--kubeconfig", options.kubeconfig)->required();
  app.add_option("--members", options.members);
  CLI11_PARSE(app, argc, argv);
  const auto access = load_kubeconfig(options.kubeconfig);
  if (!access) {
    std::fprintf(stderr, "fleet: %s\n", access.error().message.c_str());
    return 1;
  }
  bench::Fleet(*access, options.members).run();
  return 0;
}
