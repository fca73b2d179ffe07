// SPDX-License-Identifier: Apache-2.0
// The configuration file as a value: one line for each setting.
#include "control/configuration.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "control/complaint.h"
#include "control/configured_addresses.h"
#include "control/quote.h"
#include "control/setting_text.h"
#include "control/text_file.h"
#include "control/yaml_document.h"
#include "control/yaml_fields.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMostAnnouncements = 4'194'304;
constexpr Milliseconds kDay = 24h;

template <typename T>
Reading<T> choice(std::vector<std::pair<std::string, T>> choices) {
  return [choices = std::move(choices)](const std::string& text) -> Result<T> {
    std::string names;
    for (const auto& [name, value] : choices) {
      if (name == text) return value;
      names += (names.empty() ? "" : " | ") + name;
    }
    return fail(quote(text) + " is no choice; write " + names);
  };
}

Reading<std::string> word(std::initializer_list<const char*> words) {
  std::vector<std::pair<std::string, std::string>> choices;
  for (const char* text : words) choices.emplace_back(text, text);
  return choice(std::move(choices));
}

template <typename T>
Reading<T> number(std::uint32_t least, std::uint32_t most) {
  return [=](const std::string& text) -> Result<T> {
    const auto parsed = parse_number(text, least, most);
    if (!parsed) return tl::unexpected(parsed.error());
    return static_cast<T>(*parsed);
  };
}

enum class Zero { kRefused, kAllowed };

Reading<Milliseconds> duration(Milliseconds least, Milliseconds most, Zero zero = Zero::kRefused) {
  return [=](const std::string& text) -> Result<Milliseconds> {
    auto parsed = parse_duration(text);
    if (!parsed || (*parsed >= least && *parsed <= most)) return parsed;
    if (zero == Zero::kAllowed && *parsed == 0ms) return parsed;
    return fail(quote(text) + " is out of range; write " + duration_text(least) + " to " +
                duration_text(most) + (zero == Zero::kAllowed ? ", or 0s for never" : ""));
  };
}

Result<std::string> any_text(const std::string& text) {
  return text;
}

void read_lease(Fields& fields, LeaseSettings& lease, Complaint& complaint) {
  fields.read("duration", lease.duration, duration(1s, 1h));
  fields.read("renew", lease.renew, duration(100ms, 1h));
  fields.read("restart_grace", lease.restart_grace, duration(1s, kDay, Zero::kAllowed));
  if (lease.renew < lease.duration) return;
  const auto* renew = fields.find("renew");
  const auto* blamed = renew != nullptr ? renew : fields.find("duration");
  complaint.raise(blamed->line, "kubernetes.lease.renew",
                  duration_text(lease.renew) + " is not below the duration " +
                      duration_text(lease.duration) + "; write a third of it");
}

void read_kubernetes(Fields& fields, KubernetesSettings& kubernetes, Complaint& complaint) {
  fields.read("kubeconfig", kubernetes.kubeconfig, any_text);
  fields.read("namespace", kubernetes.namespace_name, check_namespace);
  fields.read("metallb_namespace", kubernetes.metallb_namespace, check_namespace);
  fields.read("load_balancer_class", kubernetes.load_balancer_class, any_text);
  fields.read("ignore_exclude_lb", kubernetes.ignore_exclude_lb,
              choice<bool>({{"true", true}, {"false", false}}));
  fields.read(
      "membership", kubernetes.membership,
      choice<MembershipKind>({{"lease", MembershipKind::kLease}, {"none", MembershipKind::kNone}}));
  fields.read("failback", kubernetes.failback, choice<bool>({{"true", true}, {"false", false}}));
  fields.read("match_subnet", kubernetes.match_subnet,
              choice<bool>({{"true", true}, {"false", false}}));
  fields.section("lease", [&](Fields& lease) { read_lease(lease, kubernetes.lease, complaint); });
}

void read_settings(Fields& fields, Configuration& settings) {
  fields.read(
      "source", settings.source,
      choice<SourceKind>({{"file", SourceKind::kFile}, {"kubernetes", SourceKind::kKubernetes}}));
  fields.read_list("interfaces", settings.interfaces, kMostPatterns, false,
                   check_interface_pattern);
  fields.read_list("exclude_interfaces", settings.exclude_interfaces, kMostPatterns, true,
                   check_interface_pattern);
  fields.read("attach", settings.attach,
              choice<AttachMode>({{"auto", AttachMode::kAuto},
                                  {"native", AttachMode::kNative},
                                  {"generic", AttachMode::kGeneric},
                                  {"tc", AttachMode::kTc}}));
  fields.read("pin", settings.pin, check_absolute_path);
  fields.read("capacity", settings.capacity, number<std::uint32_t>(1, kMostAnnouncements));
  fields.section("announce", [&](Fields& announce) {
    announce.read("rounds", settings.announce.rounds, number<int>(1, 100));
    announce.read("interval", settings.announce.interval, duration(100ms, 60s));
    announce.read("refresh", settings.announce.refresh, duration(1s, kDay, Zero::kAllowed));
  });
  fields.read("multicast_groups_max", settings.multicast_groups_max,
              number<std::uint32_t>(0, kMostAnnouncements));
  fields.read("on_exit", settings.on_exit,
              choice<OnExit>({{"keep", OnExit::kKeep}, {"withdraw", OnExit::kWithdraw}}));
  fields.read("mode", settings.mode,
              choice<Mode>({{"answer", Mode::kAnswer}, {"observe", Mode::kObserve}}));
  fields.read("after_deadline", settings.after_deadline,
              choice<AfterDeadline>(
                  {{"yield", AfterDeadline::kYield}, {"silent", AfterDeadline::kSilent}}));
  fields.section("metrics", [&](Fields& metrics) {
    metrics.read("listen", settings.metrics_listen, check_listen);
  });
  fields.section("log", [&](Fields& log) {
    log.read("level", settings.log_level, word({"debug", "info", "warn", "error"}));
    log.read("format", settings.log_format, word({"text", "json"}));
  });
}

// What belongs to one source is refused beside the other: silently ignored, it would look applied.
void read_source(Fields& fields, Configuration& settings, Complaint& complaint) {
  fields.section("kubernetes", [&](Fields& kubernetes) {
    read_kubernetes(kubernetes, settings.kubernetes, complaint);
  });
  const auto* addresses = fields.find("addresses");
  const auto* kubernetes = fields.find("kubernetes");
  if (settings.source == SourceKind::kKubernetes && addresses != nullptr) {
    complaint.raise(addresses->line, "addresses",
                    "not read with source: kubernetes, where Services have the addresses; remove "
                    "them or write source: file");
  } else if (addresses != nullptr) {
    settings.addresses = read_addresses(*addresses, settings.capacity, complaint);
  }
  if (settings.source == SourceKind::kFile && kubernetes != nullptr) {
    complaint.raise(kubernetes->line, "kubernetes",
                    "not read with source: file; remove it or write source: kubernetes");
  }
}

}  // namespace

Result<Configuration> load_configuration(const std::string& path) {
  const auto text = read_text_file(path, kLargestYaml);
  if (!text) return tl::unexpected(text.error());
  return parse_configuration(*text, path);
}

Result<Configuration> parse_configuration(const std::string& text, const std::string& path) {
  const auto document = parse_yaml(text, path);
  if (!document) return tl::unexpected(document.error());
  Complaint complaint(path);
  Configuration settings;
  Fields fields(*document, "", complaint);
  read_settings(fields, settings);
  read_source(fields, settings, complaint);
  fields.refuse_unknown();
  if (complaint.error()) return tl::unexpected(*complaint.error());
  return settings;
}

}  // namespace isat
