// SPDX-License-Identifier: Apache-2.0
// The configuration file as a value; read and checked as a whole, so that nothing half-valid
// exists.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/assignment.h"
#include "dataplane/data_plane.h"
#include "dataplane/result.h"

namespace isat {

using Milliseconds = std::chrono::milliseconds;

enum class SourceKind { kFile, kKubernetes };
enum class OnExit { kKeep, kWithdraw };
enum class Mode { kAnswer, kObserve };
enum class AfterDeadline { kYield, kSilent };
enum class MembershipKind { kNone, kLease };

struct AnnounceSettings {
  int rounds = 5;
  Milliseconds interval{1100};   // Linux ignores a second update within its 1 s locktime
  Milliseconds refresh{60'000};  // 0 = never

  bool operator==(const AnnounceSettings&) const = default;
};

struct LeaseSettings {
  Milliseconds duration{5'000};
  Milliseconds renew{1'500};
  Milliseconds restart_grace{60'000};

  bool operator==(const LeaseSettings&) const = default;
};

struct KubernetesSettings {
  std::string kubeconfig;  // a path; empty = in-cluster credentials
  std::string namespace_name = "isat-system";
  std::string metallb_namespace = "metallb-system";
  std::string load_balancer_class;  // empty = only Services without a class
  // Nodes labelled exclude-from-external-load-balancers may announce all the same.
  bool ignore_exclude_lb = false;
  MembershipKind membership = MembershipKind::kLease;
  // false = what a node holds it keeps for as long as it may, whoever comes before it.
  bool failback = true;
  // true = this node is a candidate only for addresses of a subnet of its own interfaces.
  bool match_subnet = false;
  LeaseSettings lease;

  bool operator==(const KubernetesSettings&) const = default;
};

struct Configuration {
  SourceKind source = SourceKind::kFile;
  // Anchored regular expressions; absent = the default choice (see InterfaceFilter).
  std::optional<std::vector<std::string>> interfaces;
  std::optional<std::vector<std::string>> exclude_interfaces;
  AttachMode attach = AttachMode::kAuto;
  std::string pin = "/sys/fs/bpf/isat";
  std::uint32_t capacity = 65'536;    // announcements per family
  std::vector<Assignment> addresses;  // source: file; ranges expanded, owner "FILE:LINE"
  AnnounceSettings announce;
  std::uint32_t multicast_groups_max = 2'000;  // above this `check` and `status` warn
  OnExit on_exit = OnExit::kKeep;
  Mode mode = Mode::kAnswer;
  AfterDeadline after_deadline = AfterDeadline::kYield;
  // HOST:PORT; empty = no listener. What deploy/'s probes ask; MetalLB's speaker, beside which we
  // may have to start on the host's network, has 7472 and, with FRR, 7473.
  std::string metrics_listen = "127.0.0.1:7471";
  std::string log_level = "info";
  std::string log_format = "text";
  KubernetesSettings kubernetes;

  bool operator==(const Configuration&) const = default;
};

// Reads and validates the file. An error is one line, "FILE:LINE: FIELD: what is wrong; mend", the
// first one found. Bounded in time and memory whatever the file says: ranges beyond `capacity` are
// refused before they are expanded.
[[nodiscard]] Result<Configuration> load_configuration(const std::string& path);

// The same from text; `path` is only named in errors and owners.
[[nodiscard]] Result<Configuration> parse_configuration(const std::string& text,
                                                        const std::string& path);

}  // namespace isat
