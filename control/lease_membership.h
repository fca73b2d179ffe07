// SPDX-License-Identifier: Apache-2.0
// Membership by one Lease for each node: the protocol's edge to the API, the clock and the loop.
#pragma once

#include <spdlog/logger.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/api_writer.h"
#include "control/cluster_access.h"
#include "control/configuration.h"
#include "control/http_client.h"
#include "control/lease_protocol.h"
#include "control/membership.h"
#include "control/one_shot_timer.h"
#include "control/resource_watch.h"

namespace isat {

// Any of them may be empty.
struct LeaseHooks {
  // A renewal was confirmed and came back in our watch, so long after it was sent.
  std::function<void(std::chrono::nanoseconds took)> renewed;
  std::function<void()> failed;
};

class LeaseMembership final : public Membership {
 public:
  using Clock = std::function<BootTime()>;

  LeaseMembership(asio::io_context& loop, const ClusterAccess& access,
                  const KubernetesSettings& settings, LeaseIdentity identity, const Random& random,
                  Clock now, LeaseHooks hooks, std::shared_ptr<spdlog::logger> log);

  void start(Listener listener) override;
  void publish(std::vector<MemberInterface> interfaces) override;
  void stick_to(std::optional<std::set<std::string>> keys) override;
  void leave(Leave how, std::set<Address> kept, std::function<void()> left) override;

  [[nodiscard]] const std::string& node() const override { return node_; }
  [[nodiscard]] const std::vector<Member>& members() const override { return protocol_.members(); }
  [[nodiscard]] BootTime deadline() const override { return protocol_.deadline(); }
  [[nodiscard]] std::chrono::milliseconds last_word() const override {
    return protocol_.last_word();
  }
  [[nodiscard]] bool was_given_up() const override { return protocol_.was_given_up(); }

 private:
  [[nodiscard]] ResourceWatch::Handlers handlers();
  void step();
  void deliver();
  void tell(const LeaseProtocol::News& news);
  void tell_trouble();
  void send(LeaseProtocol::Write write);
  void release(const Lease& dead);
  void log_members();
  void end();

  std::string node_;
  std::string namespace_;
  std::string path_;
  std::chrono::milliseconds write_timeout_;
  Clock now_;
  LeaseHooks hooks_;
  std::shared_ptr<spdlog::logger> log_;
  Listener listener_;
  std::function<void()> left_;
  std::string lost_cause_;  // of the watch; empty = in touch
  std::string told_trouble_;
  std::string logged_members_;
  LeaseProtocol protocol_;
  HttpClient client_;
  ApiWriter writer_;
  ResourceWatch watch_;
  OneShotTimer timer_;
  OneShotTimer restart_;  // of the watch, which must not begin again inside one of its handlers
};

// Who we are: this node, the pod (or, outside of one, the machine since it booted), and the pin
// directory whose lock we hold.
[[nodiscard]] Result<LeaseIdentity> lease_identity(
    const std::string& node, const std::string& pin,
    const std::function<std::optional<std::string>(const std::string& name)>& environment);

}  // namespace isat
