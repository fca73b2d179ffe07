// SPDX-License-Identifier: Apache-2.0
// The program around the asker: runs until it is interrupted, waits for late answers, prints the
// counts.
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>
#include <iostream>

#include "tests/cluster/asker.h"

namespace isat {
namespace {

using namespace std::chrono_literals;

// What is due within one is asked together, and its answers are read together: waking up for every
// frame would cost a core.
constexpr std::chrono::nanoseconds kTurn = 1ms;
// An answer still on its way when the last question went out.
constexpr std::chrono::nanoseconds kGrace = 500ms;

std::chrono::nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

FileDescriptor interruptions() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Until interrupted.
Result<void> ask(Asker& asker, const FileDescriptor& interrupted) {
  pollfd wait{interrupted.get(), POLLIN, 0};
  while ((wait.revents & POLLIN) == 0) {
    const auto begin = now();
    if (auto turned = asker.turn(begin); !turned) return turned;
    const timespec timeout{0, std::max<long>((begin + kTurn - now()).count(), 0)};
    if (::ppoll(&wait, 1, &timeout, nullptr) < 0 && errno != EINTR) {
      return fail_errno("wait for", "a signal");
    }
  }
  for (const auto end = now() + kGrace; now() < end; ::usleep(1000)) {
    if (auto collected = asker.collect(now()); !collected) return collected;
  }
  return {};
}

int fail_with(const Error& error) {
  std::cerr << "asker: " << error.message << "\n";
  return 1;
}

}  // namespace
}  // namespace isat

int main(int argc, char** argv) {
  using namespace isat;
  CLI::App app{"asks for addresses by ARP and NDP, and logs who answers which question", "asker"};
  std::string interface = "eth0", log;
  std::uint32_t rate = 200;
  std::vector<std::string> texts;
  app.add_option("--interface", interface, "where to ask");
  app.add_option("--rate", rate, "questions a second for each address")->check(CLI::PositiveNumber);
  app.add_option("--log", log, "file for the records; replaced")->required();
  app.add_option("ADDRESS", texts, "what to ask for")->required();
  CLI11_PARSE(app, argc, argv);

  std::vector<Address> targets;
  for (const auto& text : texts) {
    const auto parsed = Address::parse(text);
    if (!parsed) return fail_with(parsed.error());
    targets.push_back(*parsed);
  }
  const auto interrupted = interruptions();
  auto asker = Asker::open(interface, targets, rate, log);
  if (!asker) return fail_with(asker.error());
  std::cout << "asking" << std::endl;
  if (auto asked = ask(*asker, interrupted); !asked) return fail_with(asked.error());
  const auto counts = asker->finish();
  if (!counts) return fail_with(counts.error());
  std::cout << "asked " << counts->asked << ", answers " << counts->answers << ", longest pause "
            << std::chrono::duration_cast<std::chrono::microseconds>(counts->longest_pause).count()
            << " us" << std::endl;
  return 0;
}
