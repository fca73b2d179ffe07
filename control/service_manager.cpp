// SPDX-License-Identifier: Apache-2.0
// The service manager, by libsystemd.
#include "control/service_manager.h"

#include <systemd/sd-daemon.h>

#include <cstring>

namespace isat {

ServiceManager::ServiceManager(asio::io_context& loop, spdlog::logger& log)
    : timer_(loop), log_(log) {}

void ServiceManager::ready() {
  tell("READY=1");
  feed();
}

void ServiceManager::feed() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return;
  tell("WATCHDOG=1");
  // sd_watchdog_enabled(3) asks for half of the time at most.
  const auto half = std::chrono::microseconds(microseconds) / 2;
  timer_.start(std::chrono::duration_cast<std::chrono::milliseconds>(half), [this] { feed(); });
}

void ServiceManager::tell(const char* state) {
  const int told = ::sd_notify(0, state);
  if (told < 0) log_.warn("tell the service manager {}: {}", state, std::strerror(-told));
}

}  // namespace isat
