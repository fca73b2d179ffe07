// SPDX-License-Identifier: Apache-2.0
// The command line, by CLI11; every command teaches itself with an example.
#include "control/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>

#include "control/bash_completion.h"
#include "control/check.h"
#include "control/configuration.h"
#include "control/detach.h"
#include "control/drain.h"
#include "control/explain.h"
#include "control/manual_page.h"
#include "control/replay.h"
#include "control/run.h"
#include "control/setting_text.h"
#include "control/status.h"
#include "control/top.h"
#include "control/watch.h"

namespace isat {
namespace {

using Act = std::function<int(const Environment&)>;

constexpr const char* kAbout =
    "isat answers ARP and NDP for LoadBalancer addresses from the kernel's fast path.";
constexpr const char* kExitStatus =
    "Exit status: 0 success, 1 failure (one line on standard error says what and how to mend it), "
    "2 wrong use.";

// What the commands share; each reads what it declared.
struct Options {
  std::string configuration;
  std::string node;
  std::string kubeconfig;
  std::string pin = Configuration{}.pin;
  std::string output = "text";
  std::string interval = "1s";
  std::string mac = "02:00:00:00:00:01";
  std::string address;
  bool all = false;
  bool probe = false;
  std::string probe_from;
  bool frames = false;
  std::string frame_capture;
  std::string document;
  std::string input_capture;
  std::string output_capture;

  [[nodiscard]] bool json() const { return output == "json"; }
};

class CommandLine {
 public:
  CommandLine() {
    app_.set_version_flag("--version", "isat " ISAT_VERSION);
    app_.require_subcommand(1);
    app_.footer(kExitStatus);
    add_run();
    add_check();
    add_status();
    add_explain();
    add_top();
    add_watch();
    add_replay();
    add_drain();
    add_detach();
    add_document();
  }

  int run(const Environment& environment, std::vector<std::string> arguments) {
    // CLI11 would only say that a command is missing.
    if (!arguments.empty() && !arguments[0].starts_with("-") && !is_command(arguments[0])) {
      environment.err << "no command '" << arguments[0] << "'\nRun with --help for the commands.\n";
      return kUsage;
    }
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      return app_.exit(error, environment.out, environment.err) == 0 ? kSuccess : kUsage;
    }
    return acts_.at(app_.get_subcommands().front())(environment);
  }

 private:
  bool is_command(const std::string& name) {
    const auto all = app_.get_subcommands([](const CLI::App*) { return true; });
    return std::any_of(all.begin(), all.end(),
                       [&](const CLI::App* each) { return each->get_name() == name; });
  }
  CLI::App* command(const char* name, const char* about, const char* example, Act act) {
    auto* added = app_.add_subcommand(name, about);
    added->footer(std::string("Example:\n  ") + example + "\n\n" + kExitStatus);
    acts_.emplace(added, std::move(act));
    return added;
  }
  void add_configuration(CLI::App* to) {
    to->add_option("--config", options_.configuration, "configuration file (YAML)")
        ->required()
        ->type_name("FILE");
  }
  void add_pin(CLI::App* to) {
    to->add_option("--pin", options_.pin,
                   "where the speaker pins its maps, `pin` in its configuration")
        ->type_name("DIR")
        ->capture_default_str();
  }
  void add_output(CLI::App* to) {
    to->add_option("-o,--output", options_.output, "output format: text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  void add_run() {
    auto* run_command =
        command("run", "Answer for this node's addresses: the speaker, in the foreground.",
                "isat run --config /etc/isat/isat.yaml", [this](const Environment& environment) {
                  return run_speaker(environment,
                                     {options_.configuration, options_.node, options_.kubeconfig});
                });
    add_configuration(run_command);
    run_command->add_option("--node", options_.node, "name of this node; default: the host's name")
        ->type_name("NAME");
    run_command
        ->add_option("--kubeconfig", options_.kubeconfig,
                     "instead of `kubernetes.kubeconfig` in the configuration")
        ->type_name("FILE");
  }
  void add_check() {
    auto* check_command =
        command("check", "Say whether a configuration file is valid, and what it comes to.",
                "isat check --config /etc/isat/isat.yaml", [this](const Environment& environment) {
                  return check(environment, options_.configuration, options_.json());
                });
    add_configuration(check_command);
    add_output(check_command);
  }
  void add_status() {
    auto* status_command = command(
        "status",
        "Show interfaces, announcements, deadline and counters: with or without a running speaker.",
        "isat status -o json | jq .announcements", [this](const Environment& environment) {
          return status(environment, options_.pin, options_.json());
        });
    add_pin(status_command);
    add_output(status_command);
  }
  void add_explain() {
    auto* explain_command = command(
        "explain",
        "Say why this node does or does not answer for an address: the chain from wish to answer, "
        "up to the first broken link, its cause and its mend. Exit status 0 only when it answers.",
        "isat explain --config /etc/isat/isat.yaml 192.0.2.10",
        [this](const Environment& environment) { return explain(environment, explain_options()); });
    explain_command
        ->add_option("--config", options_.configuration,
                     "the speaker's configuration file; shows more of the chain")
        ->type_name("FILE");
    add_pin(explain_command);
    explain_command->add_flag("--probe", options_.probe,
                              "ask the link, too: is there a rival on the interfaces isat is on?");
    explain_command
        ->add_option("--probe-from", options_.probe_from,
                     "ask the link from this interface, where this node is heard as well")
        ->type_name("INTERFACE");
    add_output(explain_command);
    auto* which = explain_command->add_option_group("which", "the address, or all that are known");
    which->add_option("ADDRESS", options_.address, "IPv4 or IPv6 address");
    which->add_flag("--all", options_.all, "every address that is configured or announced here");
    which->require_option(1);
  }
  [[nodiscard]] ExplainOptions explain_options() const {
    const auto given = [](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional(text);
    };
    return {options_.all ? std::nullopt : given(options_.address),
            given(options_.configuration),
            options_.pin,
            options_.probe || !options_.probe_from.empty(),
            given(options_.probe_from),
            options_.json()};
  }
  void add_top() {
    auto* top_command =
        command("top", "Show what is asked and answered, live; needs no running speaker.",
                "isat top --interval 2s", [this](const Environment& environment) {
                  return top(environment, options_.pin, *parse_duration(options_.interval),
                             options_.json());
                });
    add_pin(top_command);
    top_command->add_option("--interval", options_.interval, "how often to look at the maps")
        ->check([](const std::string& text) {
          const auto interval = parse_duration(text);
          if (!interval) return interval.error().message;
          return interval->count() < 100 ? std::string("write 100ms or more") : std::string();
        })
        ->type_name("TIME")
        ->capture_default_str();
    add_output(top_command);
  }
  void add_watch() {
    auto* watch_command = command(
        "watch",
        "Show conflicts, claims and yields as they happen, until interrupted; with "
        "--frames, solicitations and their answers, which tcpdump cannot see at XDP.",
        "isat watch --frames --pcap - | tcpdump -nr -", [this](const Environment& environment) {
          return watch(environment,
                       {options_.pin, options_.json(), options_.frames, options_.frame_capture});
        });
    add_pin(watch_command);
    add_output(watch_command);
    auto* frames = watch_command->add_flag(
        "--frames", options_.frames,
        "frames instead of events, a thousand a second and CPU at most; the speaker shows them");
    watch_command
        ->add_option(
            "--pcap", options_.frame_capture,
            "write the frames to this capture file instead, replaced; - is standard output")
        ->type_name("FILE")
        ->needs(frames)
        ->excludes("--output");
  }
  void add_replay() {
    auto* replay_command = command(
        "replay",
        "Feed captured frames to the responder in the kernel: one line says what it did with each. "
        "Touches neither interfaces nor a running speaker.",
        "tcpdump -i eth0 -w in.pcap -c 100 'arp or icmp6'\n"
        "  isat replay --config /etc/isat/isat.yaml --mac \"$(cat /sys/class/net/eth0/address)\" "
        "in.pcap out.pcap",
        [this](const Environment& environment) {
          return replay(environment,
                        {options_.configuration, options_.input_capture, options_.output_capture,
                         *MacAddress::parse(options_.mac), options_.json()});
        });
    add_configuration(replay_command);
    add_output(replay_command);
    replay_command
        ->add_option("--mac", options_.mac,
                     "MAC address of the interface; what other ones announce are conflicts")
        ->check([](const std::string& text) {
          const auto mac = MacAddress::parse(text);
          return mac ? std::string() : mac.error().message;
        })
        ->type_name("MAC")
        ->capture_default_str();
    replay_command->add_option("IN.pcap", options_.input_capture, "frames to feed")->required();
    replay_command
        ->add_option("OUT.pcap", options_.output_capture, "file for the replies; replaced")
        ->required();
  }
  void add_drain() {
    add_pin(command(
        "drain",
        "Give up this node's addresses to the others, and claim none, until `undrain`; "
        "also over restarts of the speaker.",
        "isat drain && systemctl restart networking; isat undrain",
        [this](const Environment& environment) { return drain(environment, options_.pin); }));
    add_pin(command(
        "undrain", "Let this node hold addresses again.", "isat undrain",
        [this](const Environment& environment) { return undrain(environment, options_.pin); }));
  }
  void add_detach() {
    auto* detach_command = command(
        "detach", "Remove isat's programs, links, filters and pins; nothing there is success.",
        "isat detach", [this](const Environment& environment) {
          return options_.configuration.empty()
                     ? detach(environment, options_.pin)
                     : detach_configured(environment, options_.configuration);
        });
    add_pin(detach_command);
    detach_command
        ->add_option("--config", options_.configuration,
                     "take the directory from this configuration file, instead of --pin")
        ->type_name("FILE")
        ->excludes("--pin");
  }

  // Hidden: for whoever builds a package. Everything above is documented by it.
  void add_document() {
    auto* document = command("document", "Print what a package installs beside the program.",
                             "isat document manual-page", [this](const Environment& environment) {
                               environment.out
                                   << (options_.document == "manual-page" ? manual_page(app_)
                                                                          : bash_completion(app_));
                               return kSuccess;
                             });
    document->group("");
    document->add_option("WHAT", options_.document, "manual-page or bash-completion")
        ->check(CLI::IsMember({"manual-page", "bash-completion"}))
        ->required();
  }

  CLI::App app_{kAbout, "isat"};
  Options options_;
  std::map<const CLI::App*, Act> acts_;
};

}  // namespace

int run(const Environment& environment, const std::vector<std::string>& arguments) {
  return CommandLine().run(environment, arguments);
}

}  // namespace isat
