// SPDX-License-Identifier: Apache-2.0
// isat's data plane without its control plane: holds many announcements, or a floor, on an
// interface until its input ends.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/announced_set.h"
#include "dataplane/interfaces.h"
#include "dataplane/xdp_data_plane.h"
#include "floors.skel.h"
#include "tests/kernel/privilege.h"

namespace isat::bench {
namespace {

struct Options {
  std::string interface;
  std::string attach = "native";  // native, generic, tc; pass and swap are the floors
  std::string family = "arp";
  std::string pin;
  bool perfmon = false;
  AddressSet set;
};

Result<Interface> find(const std::string& name) {
  const auto interfaces = Interfaces::open();
  if (!interfaces) return tl::unexpected(interfaces.error());
  for (const auto& [index, interface] : (*interfaces)->all()) {
    if (interface.name == name) return interface;
  }
  return fail("find interface " + name + ": no such interface");
}

// Says that the holder is in place, and waits until nobody needs it any more.
void hold() {
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
}

Result<void> hold_floor(const Options& options, const Interface& interface) {
  const std::unique_ptr<floors, decltype(&floors__destroy)> object(floors__open_and_load(),
                                                                   floors__destroy);
  if (!object) return fail_errno("load", "the floors");
  const auto* program = options.attach == "pass" ? object->progs.pass : object->progs.swap;
  LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);
  const FileDescriptor link(bpf_link_create(bpf_program__fd(program),
                                            static_cast<int>(interface.index), BPF_XDP, &native));
  if (!link.valid()) return fail_errno("attach to", interface.name);
  hold();
  return {};
}

Result<void> hold_announcements(const Options& options, const Interface& interface) {
  auto plane = XdpDataPlane::open({options.pin, options.set.capacity(), {}});
  if (!plane) return tl::unexpected(plane.error());
  for (std::uint32_t i = 0; i < options.set.count; i++) {
    const Announcement announcement{{options.set.address(i), interface.index}, interface.mac};
    if (auto done = (*plane)->announce(announcement); !done) return done;
  }
  const auto mode = options.attach == "native"    ? AttachMode::kNative
                    : options.attach == "generic" ? AttachMode::kGeneric
                                                  : AttachMode::kTc;
  const auto attached = (*plane)->attach(interface, mode);
  if (!attached) return tl::unexpected(attached.error());
  hold();
  return (*plane)->detach(interface.index);
}

Result<void> run(Options options) {
  if (!options.perfmon) {
    if (auto kept = test::keep_responder_privileges(); !kept) return kept;
  }
  if (options.family == "ndp") options.set.family = Family::kIpv6;
  const auto interface = find(options.interface);
  if (!interface) return tl::unexpected(interface.error());
  if (options.attach == "pass" || options.attach == "swap") return hold_floor(options, *interface);
  return hold_announcements(options, *interface);
}

}  // namespace
}  // namespace isat::bench

int main(int argc, char** argv) {
  isat::bench::Options options;
  CLI::App app("Holds announcements on an interface; prints `ready`, ends with its input.");
  app.add_option("interface", options.interface)->required();
  app.add_option("--pin", options.pin, "a directory of its own in a bpffs");
  app.add_option("--attach", options.attach)
      ->check(CLI::IsMember({"native", "generic", "tc", "pass", "swap"}));
  app.add_flag("--perfmon", options.perfmon,
               "keep every capability, CAP_PERFMON among them: the kernel trusts the program more");
  app.add_option("--family", options.family)->check(CLI::IsMember({"arp", "ndp"}));
  app.add_option("--addresses", options.set.count, "a power of two");
  app.add_option("--stride", options.set.stride, "from one address to the next, as a shift");
  CLI11_PARSE(app, argc, argv);
  if (const auto done = isat::bench::run(options); !done) {
    std::fprintf(stderr, "holder: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
